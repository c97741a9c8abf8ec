"""The registry in the admin: its roles look and take steps, everybody else is denied, nobody edits."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audit.models import AuditEvent
from customers import roles
from risk.model import registry
from risk.model.registry import ModelRefused
from risk.models import ModelVersion
from risk.tests.factories import TODAY
from risk.tests.registered import active, approved, candidate, staff, validated

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
LIST = "admin:risk_modelversion_changelist"


def as_user(client: Client, *names: str, **fields: Any) -> User:
    user = staff(*names, is_staff=True, **fields)
    client.force_login(user)
    return user


def take(client: Client, action: str, model: ModelVersion, **fields: Any) -> str:
    data = {"action": action, "_selected_action": [model.pk], "index": "0", **fields}
    response = client.post(reverse(LIST), data, follow=True)
    assert response.status_code == 200
    model.refresh_from_db()
    (message,) = response.context["messages"]
    return str(message)


def confirmed(reason: str) -> dict[str, str]:
    """What the page that asks sends."""
    return {"words": reason, "confirmed": "yes"}


@pytest.mark.parametrize("role", [roles.ANALYSTS, roles.COMPLIANCE_OFFICERS])
def test_registrys_roles_see_versions_with_metrics_and_decisions(client: Client, role: str) -> None:
    model = active()
    as_user(client, role)

    assert "early-warning-1" in client.get(reverse(LIST)).content.decode()
    page = client.get(reverse("admin:risk_modelversion_change", args=[model.pk]))
    text = page.content.decode()
    assert "&quot;roc_auc&quot;: 0.8" in text
    assert "fit for use" in text
    assert 'name="_save"' not in text
    decisions = client.get(reverse("admin:risk_modeldecision_changelist")).content.decode()
    assert "approved" in decisions


@pytest.mark.parametrize(
    ("names", "fields"), [((), {"is_superuser": True}), ((roles.SUPERVISORS,), {}), ((), {})]
)
def test_everybody_else_is_denied(client: Client, names: tuple[str, ...], fields: dict[str, Any]) -> None:
    model = candidate()
    as_user(client, *names, **fields)

    for name, arguments in ((LIST, []), ("admin:risk_modelversion_change", [model.pk])):
        assert client.get(reverse(name, args=arguments)).status_code == 403


@pytest.mark.parametrize("name", ["modelversion", "modeldecision"])
def test_nothing_is_added_changed_or_deleted(client: Client, name: str) -> None:
    model = approved()
    pk = model.pk if name == "modelversion" else model.decisions.latest("pk").pk
    as_user(client, roles.COMPLIANCE_OFFICERS, is_superuser=True)

    assert client.get(reverse(f"admin:risk_{name}_add")).status_code == 403
    assert client.post(reverse(f"admin:risk_{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    assert (
        client.post(reverse(f"admin:risk_{name}_change", args=[pk]), {"state": "active"}).status_code == 403
    )
    model.refresh_from_db()
    assert model.state == ModelVersion.State.APPROVED


def test_steps_go_from_candidate_to_retired(client: Client) -> None:
    model = candidate()
    as_user(client, roles.COMPLIANCE_OFFICERS)
    until = TODAY + dt.timedelta(days=10)

    assert take(client, "start_shadow", model) == "early-warning-1 is candidate."
    assert take(client, "stop_shadow", model) == "early-warning-1 is candidate."
    assert take(client, "validate", model, words="sound") == "early-warning-1 is validated."
    assert take(client, "approve", model, words="fit", valid_until_on=until) == "early-warning-1 is approved."
    assert model.valid_until_on == until
    assert take(client, "activate", model, **confirmed("fits")) == "early-warning-1 is active."
    assert take(client, "retire", model, **confirmed("drifted")) == "early-warning-1 is retired."
    assert model.state_reason == "drifted"
    assert set(model.decisions.values_list("through", "account")) == {("admin", "")}
    details = AuditEvent.objects.filter(subject_type="model", subject_id=model.pk).order_by("pk")
    assert [each.detail["through"] for each in details] == ["program"] + 6 * ["admin"]


def test_version_is_rejected_with_a_reason(client: Client) -> None:
    model = validated()
    as_user(client, roles.ANALYSTS)

    assert take(client, "reject", model, **confirmed("leaks")) == "early-warning-1 is rejected."


GRAVE = [("activate", approved), ("retire", active), ("reject", validated)]


@pytest.mark.parametrize(("action", "make"), GRAVE)
def test_grave_step_asks_first_and_wants_a_reason(
    client: Client, action: str, make: Callable[[], ModelVersion]
) -> None:
    model = make()
    before = model.state
    as_user(client, roles.COMPLIANCE_OFFICERS)
    asked = {"action": action, "_selected_action": [model.pk]}

    first = client.post(reverse(LIST), {**asked, "index": "0", "words": "since it must be"})
    without = client.post(reverse(LIST), {**asked, **confirmed(" ")})

    page = first.content.decode()
    assert f"{action.capitalize()} early-warning-1?" in page
    assert model.manifest_sha256 in page
    assert "since it must be</textarea>" in page
    assert "Please give a reason." not in page
    assert " style=" not in page
    assert "Please give a reason." in without.content.decode()
    model.refresh_from_db()
    assert model.state == before
    take(client, action, model, **confirmed("since it must be"))
    assert model.state != before
    last = AuditEvent.objects.filter(subject_type="model", subject_id=model.pk).latest("pk")
    assert last.detail["reason"] == "since it must be"


def test_answer_of_the_page_itself_is_understood(client: Client) -> None:
    """It sends no `index`, which is how Django tells it from the list's own form."""
    model = active()
    as_user(client, roles.COMPLIANCE_OFFICERS)

    client.post(reverse(LIST), {"action": "retire", "_selected_action": [model.pk], **confirmed("it harms")})

    model.refresh_from_db()
    assert model.state == ModelVersion.State.RETIRED


STEPS = ["validate", "approve", "activate", "retire", "reject", "start_shadow", "stop_shadow"]


@pytest.mark.parametrize("action", STEPS)
@pytest.mark.parametrize("across", ["0", "1"])
def test_step_is_of_exactly_one_version(client: Client, action: str, across: str) -> None:
    models = [candidate(), candidate(seed=1)]
    as_user(client, roles.COMPLIANCE_OFFICERS)
    data = {
        "action": action,
        "_selected_action": [model.pk for model in models[: 1 if across == "1" else 2]],
        "select_across": across,
        "index": "0",
        **confirmed("both"),
    }

    response = client.post(reverse(LIST), data, follow=True)

    (message,) = response.context["messages"]
    assert str(message) == "Select exactly one version: every step is about one of them."
    assert set(ModelVersion.objects.values_list("state", "shadow_since")) == {("candidate", None)}


def test_refusal_is_shown(client: Client) -> None:
    author = as_user(client, roles.ANALYSTS, roles.COMPLIANCE_OFFICERS)
    model = candidate(author=author)

    assert "somebody else must decide" in take(client, "validate", model, words="sound")
    assert model.state == ModelVersion.State.CANDIDATE


def test_day_that_is_none_is_refused(client: Client) -> None:
    model = validated()
    as_user(client, roles.COMPLIANCE_OFFICERS)

    assert take(client, "approve", model, words="fit", valid_until_on="soon") == "soon is no day."
    assert model.state == ModelVersion.State.VALIDATED


def test_pages_need_nothing_that_the_content_security_policy_forbids(client: Client) -> None:
    model = active()
    as_user(client, roles.ANALYSTS)

    for url in (reverse(LIST), reverse("admin:risk_modelversion_change", args=[model.pk])):
        response = client.get(url)
        text = response.content.decode()
        directives = response.headers["Content-Security-Policy"].split("; ")
        assert "script-src 'self' 'unsafe-eval'" in directives
        assert not [tag for tag in text.split("<script")[1:] if "src=" not in tag.split(">")[0]]


@pytest.mark.parametrize(
    ("action", "make", "said"),
    [
        ("activate", approved, ["early-warning-1 को लागू करें?", "अब से हर ग्राहक को यही स्कोर देगा"]),
        ("retire", active, ["early-warning-1 को उपयोग से हटाएँ?", "यह अब स्कोर नहीं देगा", "की स्थिति: लागू;"]),
        ("reject", validated, ["early-warning-1 को नामंज़ूर करें?", "बात यहीं ख़त्म होती है", "की स्थिति: सत्यापित;"]),
    ],
)
def test_page_that_asks_is_read_in_hindi(
    client: Client, action: str, make: Callable[[], ModelVersion], said: list[str]
) -> None:
    model = make()
    as_user(client, roles.COMPLIANCE_OFFICERS)
    asked = {"action": action, "_selected_action": [model.pk], "confirmed": "yes", "words": " "}

    with translation.override("hi"):
        page = client.post(reverse(LIST), asked, headers={"Accept-Language": "hi"}).content.decode()

    for words in [*said, "कृपया कारण लिखें।", "वापस जाएँ"]:
        assert words in page
    assert "Please give" not in page and "scores now" not in page


def test_refusal_is_read_in_hindi(client: Client) -> None:
    author = as_user(client, roles.ANALYSTS, roles.COMPLIANCE_OFFICERS)
    model = candidate(author=author)

    with translation.override("hi"):
        assert "निर्णय किसी और को लेना होगा" in str(_refusal(model, author))


def _refusal(model: ModelVersion, by: User) -> ModelRefused:
    with pytest.raises(ModelRefused) as refused:
        registry.model_validate(model=model, by=by, findings="sound")
    return refused.value
