import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditEvent
from customers import roles
from interventions.console.queue import saving
from interventions.console.queue.saving import ViewRefused, Wanted
from interventions.models import DefaultView, SavedView
from interventions.tests import staff
from interventions.tests.test_views import html_of, logged_in

pytestmark = pytest.mark.django_db
RM = roles.RELATIONSHIP_MANAGERS


def wanted(name: str = "Mine", query: str = "level=HIGH&sort=due", **fields: str) -> Wanted:
    return Wanted(name=name, query=query, **fields)


def saved(by: User, **fields: str) -> SavedView:
    return saving.view_save(by=by, wanted=wanted(**fields))


def test_view_keeps_what_the_queue_would_write() -> None:
    view = saved(staff.supervisor(), query="?sort=due&level=HIGH&level=WORST&after=1&open=4&evil=<x>&q=")

    assert view.query == "level=HIGH&sort=due"


def test_name_is_given_once() -> None:
    user = staff.supervisor()
    saved(user)

    with pytest.raises(ViewRefused, match="already"):
        saved(user)
    saved(staff.manager())


def test_views_are_not_without_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "MOST_VIEWS", 1)
    user = staff.supervisor()
    saved(user)

    with pytest.raises(ViewRefused, match="Delete one first"):
        saved(user, name="Another")


def test_supervisor_shares_with_a_role_and_everybody_else_sees_nothing() -> None:
    boss, manager, analyst = staff.supervisor(), staff.manager(), staff.user("a", roles.ANALYSTS)
    view = saved(boss, shared_with=RM)

    assert [each.pk for each in SavedView.objects.for_menu(manager)] == [view.pk]
    assert not SavedView.objects.for_menu(analyst).exists()


def test_manager_shares_nothing() -> None:
    manager = staff.manager()

    with pytest.raises(PermissionDenied, match="Only supervisors share"):
        saved(manager, shared_with=roles.SUPERVISORS)
    view = saved(manager)
    with pytest.raises(PermissionDenied):
        saving.view_change(view_id=view.pk, by=manager, wanted=wanted(shared_with=RM))


def test_what_others_see_is_audited_without_what_was_searched_for() -> None:
    boss = staff.supervisor()
    view = saved(boss, shared_with=RM, query="q=asha&level=HIGH")
    saving.view_change(view_id=view.pk, by=boss, wanted=wanted("New", "city=Pune", shared_with=RM))
    saving.view_change(view_id=view.pk, by=boss, wanted=wanted("New"))
    saving.view_change(view_id=view.pk, by=boss, wanted=wanted("New", shared_with=RM))
    saving.view_delete(view_id=view.pk, by=boss)

    events = AuditEvent.objects.filter(subject_type="saved_view").order_by("pk")
    verbs = ["shared", "changed", "unshared", "shared", "deleted"]
    assert [each.action for each in events] == [f"interventions.view.{verb}" for verb in verbs]
    assert events[0].detail == {"shared_with": RM, "filters": {"level": ["HIGH"]}}


def test_own_view_is_nobodys_business() -> None:
    manager = staff.manager()
    view = saved(manager)
    saving.view_change(view_id=view.pk, by=manager, wanted=wanted("Other"))
    saving.view_delete(view_id=view.pk, by=manager)

    assert not AuditEvent.objects.filter(subject_type="saved_view").exists()


def test_shared_view_is_changed_by_supervisors_alone() -> None:
    view = saved(staff.supervisor(), shared_with=RM)
    manager = staff.manager()

    with pytest.raises(PermissionDenied, match="another's"):
        saving.view_change(view_id=view.pk, by=manager, wanted=wanted("Stolen"))
    with pytest.raises(PermissionDenied):
        saving.view_delete(view_id=view.pk, by=manager)


def test_another_supervisor_changes_what_is_shared_with_them() -> None:
    view = saved(staff.supervisor(), shared_with=roles.SUPERVISORS)
    other = staff.user("other", roles.SUPERVISORS)

    changed = saving.view_change(
        view_id=view.pk, by=other, wanted=wanted("Better", shared_with=roles.SUPERVISORS)
    )

    assert (changed.name, changed.owner_id) == ("Better", view.owner_id)


def test_name_of_another_view_is_refused() -> None:
    user = staff.supervisor()
    saved(user)
    second = saved(user, name="Second")

    with pytest.raises(ViewRefused):
        saving.view_change(view_id=second.pk, by=user, wanted=wanted("Mine"))


def test_queue_begins_with_the_view_until_it_is_not_seen_any_more() -> None:
    boss, manager = staff.supervisor(), staff.manager()
    view = saved(boss, shared_with=RM)
    saving.begin_with(by=manager, view_id=view.pk)
    client = logged_in(manager)

    assert client.get("/queue/")["Location"] == f"/queue/?level=HIGH&sort=due&view={view.pk}"
    assert client.get("/queue/?all=1").status_code == 200
    saving.view_change(view_id=view.pk, by=boss, wanted=wanted())
    assert client.get("/queue/").status_code == 200


def test_queue_begins_with_everybody_again() -> None:
    user = staff.supervisor()
    saving.begin_with(by=user, view_id=saved(user).pk)
    saving.begin_with(by=user, view_id=None)

    assert not DefaultView.objects.exists()


def test_others_view_is_no_beginning() -> None:
    view = saved(staff.supervisor())

    response = logged_in(staff.manager()).post("/queue/views/begin/", {"view": view.pk})

    assert response.status_code == 404


def test_form_saves_shows_and_begins() -> None:
    user = staff.supervisor()
    client = logged_in(user)
    said = {
        "name": "Due soon",
        "query": "due=0-3",
        "density": "compact",
        "shared_with": RM,
        "is_default": "1",
    }

    response = client.post("/queue/views/save/", said)

    view = SavedView.objects.get()
    assert response["Location"] == f"/queue/?due=0-3&view={view.pk}"
    assert (view.density, view.shared_with) == ("compact", RM)
    html = html_of(client, f"/queue/?due=0-3&view={view.pk}")
    assert 'data-view-density="compact"' in html
    assert "begins here" in html
    assert "Keep what is shown as “Due soon”" not in html
    assert "Keep what is shown as “Due soon”" in html_of(client, f"/queue/?due=4-7&view={view.pk}")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"name": " "},
        {"name": "x" * 61},
        {"name": "a\x00b"},
        {"name": "n", "shared_with": "Everybody"},
        {"name": "n", "density": "huge"},
        {"name": "n", "query": "q=" + "x" * 3_000},
    ],
)
def test_form_that_says_nothing_sensible_saves_nothing(said: dict[str, str]) -> None:
    client = logged_in(staff.supervisor())

    assert client.post("/queue/views/save/", said).status_code == 302
    assert not SavedView.objects.exists()


def test_form_may_not_share() -> None:
    response = logged_in(staff.manager()).post("/queue/views/save/", {"name": "n", "shared_with": RM})

    assert response.status_code == 403


@pytest.mark.parametrize("address", ["/queue/views/999999/", "/queue/views/999999/delete/"])
def test_view_that_is_not_there_is_not_found(address: str) -> None:
    assert logged_in(staff.supervisor()).post(address, {"name": "n"}).status_code == 404


def test_number_beyond_every_view_is_not_found() -> None:
    client = logged_in(staff.supervisor())

    assert client.post("/queue/views/99999999999999999999/", {"name": "n"}).status_code == 404
    assert client.post("/queue/views/begin/", {"view": "99999999999999999999"}).status_code == 302


def test_page_of_views_asks_as_often_for_many_as_for_one() -> None:
    user = staff.supervisor()
    client = logged_in(user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/queue/views/").status_code == 200
            assert client.get("/queue/?all=1").status_code == 200
        return len(captured)

    saved(user)
    few = queries()
    for number in range(8):
        saved(user, name=f"v{number}", shared_with=RM)

    assert queries() == few


def test_view_of_a_search_is_escaped() -> None:
    user = staff.supervisor()
    saved(user, name='"><script>alert(1)</script>')

    html = html_of(logged_in(user), "/queue/views/")

    assert "<script>alert" not in html
    assert "No views yet" not in html
    assert "No views yet" in html_of(logged_in(staff.manager()), "/queue/views/")
