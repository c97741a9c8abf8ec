"""Second factors and the lockout: what is asked of whom, what is audited, and what an administrator can mend."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.checks import run_checks
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData
from pytest_django.fixtures import Settings

from audit.models import AuditEvent, AuditPersonal
from customers import roles
from equilibrate_site.checks import second_factor_roles_are_known, somebody_needs_a_second_factor
from equilibrate_site.models import LoginLock
from interventions.policy import governing
from interventions.tests import governed, staff

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXP"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_memory")]


@pytest.fixture
def own_memory(settings: Settings) -> Iterator[None]:
    """allauth's own limits count in this process, and anew for each test."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def somebody() -> User:
    made = staff.supervisor()
    made.set_password(PASSWORD)
    made.save()
    return made


def log_in(client: Client, password: str = PASSWORD, name: str = "supervisor", **headers: Any) -> Any:
    return client.post("/accounts/login/", {"login": name, "password": password}, **headers)


def code_now() -> str:
    return str(format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time()))))


def wrong_code() -> str:
    return f"{(int(code_now()) + 1) % 1_000_000:06d}"


def with_app(user: User) -> None:
    TOTP.activate(user, SECRET)


def actions() -> list[str]:
    found = AuditEvent.objects.filter(action__startswith="accounts.").order_by("pk")
    return list(found.values_list("action", flat=True))


def confirmed(client: Client) -> None:
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_code_of_an_app_is_asked_after_the_password(somebody: User) -> None:
    with_app(somebody)
    client = Client()

    answer = log_in(client)
    assert answer["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/queue/")["Location"].startswith("/accounts/login/")
    assert "Incorrect code" in client.post(answer["Location"], {"code": wrong_code()}).content.decode()
    client.post(answer["Location"], {"code": code_now()})

    assert client.get("/queue/").status_code == 200
    assert actions()[-3:] == ["accounts.factor.failed", "accounts.factor.used", "accounts.login.succeeded"]


def test_app_is_set_up_after_confirming_identity(somebody: User) -> None:
    client = Client()
    log_in(client)
    assert "/accounts/reauthenticate/" in client.get("/accounts/2fa/totp/activate/")["Location"]
    confirmed(client)

    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = re.search(r'class="totp-key">([A-Z2-7]+)<', page)
    assert secret is not None
    code = format_hotp_value(hotp_value(secret[1], next(yield_hotp_counters_from_time())))
    codes = client.post("/accounts/2fa/totp/activate/", {"code": code}, follow=True).content.decode()

    assert len(re.findall(r"<li><code>\d+", codes)) == 10
    # They are shown this once.
    assert "cannot be shown again" in client.get("/accounts/2fa/recovery-codes/").content.decode()
    assert "accounts.factor.added" in actions()


def test_secret_is_not_in_the_database_as_it_is(somebody: User) -> None:
    with_app(somebody)

    assert SECRET not in str(Authenticator.objects.get().data)


def test_recovery_code_lets_in_once(somebody: User) -> None:
    with_app(somebody)
    code = RecoveryCodes.activate(somebody).get_unused_codes()[0]
    outcomes = []
    for _time in range(2):
        client = Client()
        client.post(log_in(client)["Location"], {"code": code})
        outcomes.append(client.get("/queue/").status_code)

    assert outcomes == [200, 302]


def test_wrong_passwords_lock_the_account_at_that_address(somebody: User) -> None:
    answers = [log_in(Client(), "wrong").content.decode() for _ in range(6)]

    assert ["Too many failed attempts" in each for each in answers] == [False] * 4 + [True] * 2
    assert re.search(r"until \d\d:\d\d IST \(15 min\)", answers[-1])
    assert "Too many failed attempts" in log_in(Client()).content.decode()
    assert log_in(Client(), REMOTE_ADDR="10.0.0.9").status_code == 302
    assert actions().count("accounts.login.locked") == 1
    assert "127.0.0.1" not in str(list(AuditEvent.objects.values_list("detail", flat=True)))
    assert AuditPersonal.objects.exists()


def test_lock_ends_by_itself(somebody: User) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC), tick=False) as clock:
        for _attempt in range(5):
            log_in(Client(), "wrong")
        clock.shift(899)
        assert log_in(Client()).status_code == 200
        clock.shift(2)
        assert log_in(Client()).status_code == 302


def test_login_that_succeeds_at_the_same_moment_fails_no_other(
    somebody: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It removes the row that the other has just made, before that one holds it."""
    make, turns = LoginLock.objects.get_or_create, iter([True])

    def made_and_removed(**fields: Any) -> Any:
        made = make(**fields)
        if next(turns, False):
            LoginLock.objects.all().delete()
        return made

    monkeypatch.setattr(LoginLock.objects, "get_or_create", made_and_removed)

    assert log_in(Client(), "wrong").status_code == 200
    assert LoginLock.objects.get().attempts == 1


def test_long_lock_is_not_forgotten(settings: Settings, somebody: User) -> None:
    settings.LOGIN_LOCK_SECONDS = 3 * 24 * 3600
    with time_machine.travel(dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC), tick=False) as clock:
        for _attempt in range(5):
            log_in(Client(), "wrong")
        clock.shift(dt.timedelta(days=2))

        assert "Too many failed attempts" in log_in(Client()).content.decode()


def test_right_password_begins_the_count_anew(somebody: User) -> None:
    for _round in range(2):
        for _attempt in range(4):
            log_in(Client(), "wrong")
        assert log_in(Client()).status_code == 302

    assert not LoginLock.objects.exists()


def test_unknown_name_is_answered_as_a_known_one(somebody: User) -> None:
    known = [log_in(Client(), "wrong").content.decode() for _ in range(6)]
    unknown = [
        log_in(Client(), "wrong", "nobody\x00" if n > 4 else "nobody").content.decode() for n in range(5)
    ]

    assert ["Too many" in each for each in unknown] == ["Too many" in each for each in known[:5]]
    assert not LoginLock.objects.filter(identity__contains="nobody").exists()


@pytest.mark.parametrize("name", ["", "\x00", "n" * 10_000, "लक्ष्मी"])
def test_any_name_may_be_typed(name: str) -> None:
    assert log_in(Client(), "wrong", name).status_code == 200


def test_wrong_codes_lock_as_wrong_passwords_do(somebody: User) -> None:
    with_app(somebody)
    client = Client()
    place = log_in(client)["Location"]
    answers = [client.post(place, {"code": wrong_code()}).content.decode() for _ in range(5)]

    assert "Too many failed attempts" in answers[-1]
    assert "Too many failed attempts" in client.post(place, {"code": code_now()}).content.decode()
    assert LoginLock.objects.get(proof="code").user == somebody


def admin_client() -> Client:
    root = User.objects.create(username="root", is_superuser=True, is_staff=True)
    client = Client()
    client.force_login(root)
    return client


def test_administrators_see_and_lift_lockouts(somebody: User) -> None:
    for _attempt in range(5):
        log_in(Client(), "wrong")
    client, lock = admin_client(), LoginLock.objects.get()
    page = "/admin/equilibrate_site/loginlock/"
    assert "supervisor" in client.get(page).content.decode()

    client.post(page, {"action": "lift", "_selected_action": [lock.pk]})

    assert log_in(Client()).status_code == 302
    assert "accounts.login.lock_lifted" in actions()


def test_administrators_remove_a_lost_factor_and_see_no_secret(somebody: User) -> None:
    with_app(somebody)
    RecoveryCodes.activate(somebody)
    client, factor = admin_client(), Authenticator.objects.get(type="totp")
    page = "/admin/mfa/authenticator/"
    shown = client.get(f"{page}{factor.pk}/change/").content.decode()
    assert factor.data["secret"] not in shown

    client.post(page, {"action": "remove_lost", "_selected_action": [factor.pk]})

    assert not Authenticator.objects.exists()
    assert actions().count("accounts.factor.removed_by_administrator") == 2
    assert log_in(Client())["Location"] == "/"


@pytest.mark.parametrize("page", ["equilibrate_site/loginlock", "mfa/authenticator"])
def test_staff_who_are_no_administrators_see_neither(page: str) -> None:
    officer = staff.user("officer", roles.COMPLIANCE_OFFICERS)
    officer.is_staff = True
    officer.save()
    client = Client()
    client.force_login(officer)

    assert client.get(f"/admin/{page}/").status_code == 403


def test_role_that_needs_a_second_factor_gets_nowhere_without(settings: Settings, somebody: User) -> None:
    settings.SECOND_FACTOR_ROLES = [roles.SUPERVISORS]
    client = Client()
    client.force_login(somebody)

    for address in ("/queue/", "/admin/", "/alerts/"):
        assert client.get(address)["Location"] == "/accounts/2fa/"
    assert "Your role needs a second factor" in client.get("/accounts/2fa/").content.decode()
    assert client.get("/queue/", headers={"HX-Request": "true"})["HX-Redirect"] == "/accounts/2fa/"
    with_app(somebody)
    assert client.get("/queue/").status_code == 200


def test_other_roles_are_not_asked(settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = [roles.SUPERVISORS, "Administrators"]
    client = Client()
    client.force_login(staff.manager())

    assert client.get("/queue/").status_code == 200
    assert admin_client().get("/admin/")["Location"] == "/accounts/2fa/"


def test_administrator_without_a_second_factor_removes_nobodys(settings: Settings, somebody: User) -> None:
    settings.SECOND_FACTOR_ROLES = ["Administrators"]
    with_app(somebody)
    client, page = admin_client(), "/admin/mfa/authenticator/"

    assert client.get(page)["Location"] == "/accounts/2fa/"
    client.post(page, {"action": "remove_lost", "_selected_action": [Authenticator.objects.get().pk]})

    assert Authenticator.objects.filter(user=somebody).exists()


def test_approval_asks_again_who_it_is(settings: Settings) -> None:
    settings.APPROVALS_CONFIRM_IDENTITY = True
    draft = governing.new_version(subject=governed.draft_policy(), by=governed.officer())
    assert draft.author is not None
    waiting = governing.submit(subject=draft, by=draft.author)
    officer = governed.officer()
    officer.is_staff = True
    officer.set_password(PASSWORD)
    officer.save()
    client = Client()
    client.force_login(officer)
    address = approval_of(client, waiting.pk)
    said = {"reason": "Read and good.", "content": waiting.content_hash}

    answer = client.post(address, said)
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    waiting.refresh_from_db()
    assert waiting.state == "submitted"

    # What was sent is done once it is clear who it is.
    client.post(answer["Location"], {"password": PASSWORD, "next": address})
    waiting.refresh_from_db()
    assert waiting.state == "approved"


def approval_of(client: Client, pk: int) -> str:
    page = client.get(f"/admin/interventions/policytemplate/{pk}/change/").content.decode()
    found = re.search(r'href="([^"]*approve[^"]*)"', page)
    assert found is not None
    return found[1]


def test_checks_name_unknown_roles_and_an_empty_list(settings: Settings) -> None:
    settings.SECOND_FACTOR_ROLES = []
    assert [each.id for each in somebody_needs_a_second_factor()] == ["accounts.W001"]
    settings.SECOND_FACTOR_ROLES = ["Supervisor"]
    assert [each.id for each in second_factor_roles_are_known()] == ["accounts.E001"]
    settings.SECOND_FACTOR_ROLES = [roles.SUPERVISORS, "Administrators"]
    assert second_factor_roles_are_known() == somebody_needs_a_second_factor() == []
    assert "accounts.W001" not in {each.id for each in run_checks()}


@pytest.mark.parametrize(
    "page",
    [
        "",
        "totp/activate/",
        "totp/deactivate/",
        "recovery-codes/",
        "recovery-codes/generate/",
        "recovery-codes/download/",
        "webauthn/",
        "webauthn/add/",
        "webauthn/keys/1/remove/",
        "webauthn/keys/1/edit/",
        "reauthenticate/",
        "webauthn/reauthenticate/",
        "authenticate/",
        "webauthn/login/",
    ],
)
def test_pages_of_second_factors_are_nobodys_without_a_session(page: str) -> None:
    for method in ("get", "post"):
        answer = getattr(Client(), method)(f"/accounts/2fa/{page}")
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")


def test_nobody_touches_anothers_passkey(somebody: User) -> None:
    other = staff.manager()
    theirs = Authenticator.objects.create(
        user=other, type="webauthn", data={"name": "Theirs", "credential": {}}
    )
    client = Client()
    log_in(client)
    confirmed(client)

    for step in ("remove", "edit"):
        assert client.post(f"/accounts/2fa/webauthn/keys/{theirs.pk}/{step}/").status_code == 404


@pytest.mark.parametrize("said", ["", "null", "[]", "{", '{"id": 1}', '{"response": {}}', '"x"'])
def test_passkey_that_is_none_is_refused_in_words(somebody: User, said: str) -> None:
    with_app(somebody)
    client = Client()
    place = log_in(client)["Location"]

    assert client.post(place, {"credential": said}).status_code == 200
    assert (
        Client().post("/accounts/2fa/webauthn/login/", {"credential": said})["Location"] == "/accounts/login/"
    )


class SecurityKey:
    """A key of somebody's, which signs whatever it is asked to."""

    def __init__(self, owner: User) -> None:
        self.secret, self.owner = ec.generate_private_key(ec.SECP256R1()), owner
        public = ES256.from_cryptography_key(self.secret.public_key())
        data = AttestedCredentialData.create(b"\0" * 16, b"key", public)
        seen = self._seen(AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT, data)
        attested = AttestationObject.create("none", seen, {})
        said = CollectedClientData.create("webauthn.create", b"c" * 32, "https://testserver")
        Authenticator.objects.create(
            user=owner,
            type="webauthn",
            data={"name": "Key", "credential": self._said(said, attestationObject=attested)},
        )

    def log_in(self, client: Client, *, asked: str, is_holder_known: bool) -> Any:
        """Answer what the session asked of it, at the form that stands in place of a password."""
        challenge = websafe_encode(b"c" * 32)
        session = client.session
        session["mfa.webauthn.state"] = {"challenge": challenge, "user_verification": asked}
        session.save()
        flags = AuthenticatorData.FLAG.UP | (AuthenticatorData.FLAG.UV if is_holder_known else 0)
        seen = self._seen(AuthenticatorData.FLAG(flags))
        said = CollectedClientData.create("webauthn.get", challenge, "https://testserver")
        signature = self.secret.sign(seen + said.hash, ec.ECDSA(hashes.SHA256()))
        answer = self._said(
            said,
            authenticatorData=seen,
            signature=signature,
            userHandle=user_pk_to_url_str(self.owner).encode(),
        )
        return client.post("/accounts/2fa/webauthn/login/", {"credential": json.dumps(answer)})

    def _seen(self, flags: AuthenticatorData.FLAG, data: bytes = b"") -> AuthenticatorData:
        made: AuthenticatorData = AuthenticatorData.create(
            hashlib.sha256(b"testserver").digest(), flags, 0, data
        )
        return made

    def _said(self, said: CollectedClientData, **response: bytes) -> dict[str, Any]:
        name = websafe_encode(b"key")
        words = {key: websafe_encode(value) for key, value in {"clientDataJSON": said, **response}.items()}
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "response": words,
            "clientExtensionResults": {},
        }


@pytest.mark.parametrize(
    ("asked", "is_holder_known", "is_in"),
    [("required", True, True), ("required", False, False), ("preferred", False, False)],
)
def test_key_alone_lets_in_only_where_it_knows_its_holder(
    somebody: User, asked: str, is_holder_known: bool, is_in: bool
) -> None:
    """A login with one's own password asks less of a key; a colleague's that was found does not answer that."""
    key, client = SecurityKey(somebody), Client()

    key.log_in(client, asked=asked, is_holder_known=is_holder_known)

    assert client.get("/session/").json()["user"] == (somebody.pk if is_in else None)
