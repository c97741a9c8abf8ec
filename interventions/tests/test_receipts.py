"""Receipts prove themselves without the database, and say where they were altered."""

import copy
import io
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from audit import sealing, verify
from audit.checkpointing import make_checkpoint
from audit.checkpoints import key_id
from audit.findings import Report, in_words
from audit.models import AuditEvent
from audit.receipt_files import BadReceipt, verify_receipt
from audit.services import record
from audit.signing import create_key, signing_key
from interventions.contact import gate
from interventions.models import Delivery, GateDecision
from interventions.proof import receipt_checks, receipts
from interventions.proof.receipt_checks import altered_decisions, altered_messages, lost_decisions
from interventions.proof.receipt_evidence import Evidence
from interventions.proof.receipt_forms import gate_sha256
from interventions.tests.cases import opened
from interventions.tests.deliveries import allow, brought, confirmed, queued
from interventions.tests.staff import manager
from risk.models import Assessment, FeatureSnapshot
from risk.receipt_reading import altered, recorded
from risk.refresh import Refresher
from risk.services import mark_dirty
from risk.tests.factories import TileFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def key(settings: Any, tmp_path: Path) -> Ed25519PrivateKey:
    """The site's key, and a folder for its checkpoints."""
    storage = {
        "BACKEND": "audit.storage.WriteOnceStorage",
        "OPTIONS": {"location": str(tmp_path / "outside")},
    }
    settings.STORAGES = {**settings.STORAGES, "audit_checkpoints": storage}
    settings.AUDIT_SIGNING_KEY_FILE = str(tmp_path / "key.pem")
    create_key(tmp_path / "key.pem")
    return signing_key()


def assessed(count: int = 3) -> list[Assessment]:
    """Some customers, refreshed in one chunk, with a sealed and signed audit."""
    customers = [
        TileFactory.create(txn_count=12 + number, cash_count=number).customer for number in range(count)
    ]
    mark_dirty([customer.pk for customer in customers])
    Refresher().chunk()
    return list(Assessment.objects.order_by("customer_id"))


def signed() -> None:
    sealing.seal()
    make_checkpoint()


def verified(document: dict[str, Any], key: Ed25519PrivateKey) -> Report:
    """As somebody far away reads the file."""
    public = key.public_key()
    return verify_receipt(json.loads(json.dumps(document)), keys={key_id(public): public})


def sent() -> Delivery:
    """A message that the gate let through, of an assessed customer."""
    (assessment,) = assessed(1)
    delivery = queued(confirmed(opened(assessment.customer, to=manager())))
    decision = allow(
        delivery,
        trace={"format": 1, "facts": {"language": "en"}, "steps": []},
        content_hash=delivery.intervention.template_hash,
    )
    gate._recorded(decision)
    return delivery


def test_assessment_proves_itself(key: Ed25519PrivateKey) -> None:
    made = assessed()
    signed()

    for each in made:
        document = receipts.of_assessment(customer_id=each.customer_id, revision=1)
        report = verified(document, key)
        assert (report.is_sound, report.receipts, report.checkpoints, report.notes) == (True, 1, 1, [])
        assert document["claims"][0]["features"]["txn_count"] == each.inputs["txn_count"]


def test_assessment_bears_its_audit_event(key: Ed25519PrivateKey) -> None:
    made = assessed()

    event = AuditEvent.objects.get(action="risk.assessments.made")
    assert {each.audit_event_id for each in made} == {event.pk}
    assert (event.detail["count"], event.detail["log_positions"]) == (3, [])
    assert list(altered(recorded())) == []


def test_receipt_says_what_is_not_sealed_yet(key: Ed25519PrivateKey) -> None:
    (made, *_) = assessed()

    report = verified(receipts.of_assessment(customer_id=made.customer_id, revision=1), key)

    assert (report.is_sound, report.waiting, report.unproven) == (True, 1, 1)
    assert in_words(report).endswith("vouches for all of it.")
    assert "not sealed yet" in report.notes[0]


ALTERATIONS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "level": (
        lambda each: each["claims"][0]["content"].update(level=2),
        "claims[0]: the assessment is not among",
    ),
    "input": (
        lambda each: each["claims"][0]["content"]["inputs"].update(txn_count=1),
        "claims[0]: the assessment",
    ),
    "feature": (lambda each: each["claims"][0]["features"].update(txn_count=1), "claims[0]: the features"),
    "rulebook": (
        lambda each: each["claims"][0]["rulebook"]["score"].update(high_from=9.0),
        "claims[0]: the rulebook",
    ),
    "index": (
        lambda each: each["claims"][0]["proof"].update(index=2),
        "claims[0]: the assessment is not among",
    ),
    "path": (lambda each: each["claims"][0]["proof"]["path"].pop(), "claims[0]: the assessment is not among"),
    "event": (
        lambda each: each["events"][0]["event"].update(action="risk.x"),
        "events[0]: the event is not what",
    ),
    "scheme": (
        lambda each: each["events"][0]["seal"].update(scheme=9),
        "events[0]: it is sealed by scheme 9",
    ),
    "seal": (
        lambda each: each["events"][0]["seal"].update(chain_before="00" * 32 + "11"),
        "events[0]: the seal",
    ),
    "tree": (lambda each: each["events"][0]["checkpoint"].update(path=[]), "events[0]: it is not among the"),
    "signature": (
        lambda each: each["events"][0]["checkpoint"].update(
            text=each["events"][0]["checkpoint"]["text"].replace('"signature": "', '"signature": "00')
        ),
        "events[0]: checkpoint:",
    ),
    "kind": (lambda each: each["claims"][0].update(kind="rumour"), "claims[0]: rumour is no kind"),
    "nothing": (lambda each: each["claims"].clear(), "claims: nothing is claimed"),
}


@pytest.mark.parametrize("name", ALTERATIONS)
def test_altered_receipt_says_where(name: str, key: Ed25519PrivateKey) -> None:
    (made, *_) = assessed()
    AuditEvent.objects.create(action="tests.thing.done", subject_type="thing", subject_id="1")
    signed()
    document = copy.deepcopy(receipts.of_assessment(customer_id=made.customer_id, revision=1))
    alter, words = ALTERATIONS[name]
    alter(document)

    report = verified(document, key)

    assert any(words in problem.what for problem in report.problems), report.problems


@pytest.mark.parametrize("document", [[], {"format": "another"}, {"format": "equilibrate.receipt.1"}])
def test_what_is_no_receipt_is_refused(document: Any, key: Ed25519PrivateKey) -> None:
    with pytest.raises(BadReceipt):
        verify_receipt(document, keys={})


def test_detail_that_is_no_object_makes_no_receipt(key: Ed25519PrivateKey) -> None:
    (made, *_) = assessed()
    document = receipts.of_assessment(customer_id=made.customer_id, revision=1)
    document["events"][0]["event"]["detail"] = "[]"

    with pytest.raises(BadReceipt, match="no object"):
        verified(document, key)


def test_row_that_no_checkpoint_covers_yet_is_told(key: Ed25519PrivateKey) -> None:
    (made, *_) = assessed()
    sealing.seal()

    report = verified(receipts.of_assessment(customer_id=made.customer_id, revision=1), key)

    assert (report.is_sound, report.checkpoints, report.unproven) == (True, 0, 1)
    assert "not covered by a checkpoint" in report.notes[0]


def test_events_about_a_message_come_along_once_each(key: Ed25519PrivateKey) -> None:
    delivery = sent()
    for _ in range(2):
        record(action="interventions.delivery.sent", subject_type="delivery", subject_id=delivery.pk)
    signed()

    document = receipts.of_delivery(delivery_id=delivery.pk)

    actions = [part["event"]["action"] for part in document["events"]]
    assert actions.count("interventions.delivery.sent") == 2
    assert len({part["event"]["id"] for part in document["events"]}) == len(actions)
    assert verified(document, key).checkpoints == len(actions)
    evidence = Evidence()
    assert (evidence.add(7), evidence.add(8), evidence.add(7)) == (0, 1, 0)


def test_decision_that_nobody_recorded_has_no_receipt() -> None:
    decision = allow(queued())

    with pytest.raises(receipts.NoReceipt, match="no audit event"):
        receipts.of_gate_decision(decision_id=decision.pk)


def test_gate_decision_proves_itself_whatever_it_said(key: Ed25519PrivateKey) -> None:
    delivery = sent()
    decision = GateDecision.objects.get(delivery=delivery)
    signed()
    document = receipts.of_gate_decision(decision_id=decision.pk)

    assert verified(document, key).is_sound
    document["claims"][0]["content"]["is_allowed"] = not decision.is_allowed
    assert "not the one that was recorded" in verified(document, key).problems[0].what


def test_message_proves_itself_with_the_gates_word_and_the_assessment(key: Ed25519PrivateKey) -> None:
    delivery = sent()
    signed()
    document = receipts.of_delivery(delivery_id=delivery.pk)

    report = verified(document, key)

    assert [claim["kind"] for claim in document["claims"]] == ["gate_decision", "message", "assessment"]
    assert (report.is_sound, report.receipts) == (True, 3)
    assert delivery.address not in json.dumps(document)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"body": "Pay at once."}, "the text is not the one"),
        ({"delivery_id": str(uuid.UUID(int=1))}, "the gate decided about another message"),
        ({"template_sha256": "00"}, "the template is not the one"),
    ],
)
def test_altered_message_says_where(changes: dict[str, str], words: str, key: Ed25519PrivateKey) -> None:
    delivery = sent()
    signed()
    document = receipts.of_delivery(delivery_id=delivery.pk)
    document["claims"][1]["content"].update(changes)

    (problem,) = verified(document, key).problems

    assert problem.what.startswith("claims[1]: ")
    assert words in problem.what


def test_decision_that_denied_proves_no_message(key: Ed25519PrivateKey) -> None:
    document = receipts.of_delivery(delivery_id=sent().pk)
    document["claims"][0]["content"]["is_allowed"] = False

    assert "the gate did not allow it" in " ".join(each.what for each in verified(document, key).problems)
    document["claims"][1]["proof"]["claim"] = 2
    assert "no decision of the gate" in " ".join(each.what for each in verified(document, key).problems)


def test_message_that_the_gate_never_let_through_has_no_receipt() -> None:
    with pytest.raises(receipts.NoReceipt, match="has not let"):
        receipts.of_delivery(delivery_id=queued().pk)


def test_decision_without_an_event_has_no_receipt() -> None:
    with pytest.raises(receipts.NoReceipt, match="no gate decision"):
        receipts.of_gate_decision(decision_id=1)
    with pytest.raises(receipts.NoReceipt, match="no delivery"):
        receipts.of_delivery(delivery_id=uuid.uuid4())
    with pytest.raises(receipts.NoReceipt, match="no audit event"):
        receipts.of_assessment(customer_id=1, revision=1)


def test_program_verifies_a_file_without_the_database(key: Ed25519PrivateKey, tmp_path: Path) -> None:
    (made, *_) = assessed()
    signed()
    file, public = tmp_path / "receipt.json", tmp_path / "public.pem"
    call_command("show_receipt", "assessment", f"{made.customer_id}:1", out=file)
    from cryptography.hazmat.primitives import serialization

    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )

    program = Path(__file__).parents[2] / "audit" / "verify.py"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-I", str(program), str(file), "--public-key", str(public)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    assert "SOUND" in done.stdout


def test_program_takes_nothing_for_proven_that_nobody_signed(
    key: Ed25519PrivateKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anybody can make up an event, hash it, and rest a claim on it; only the signature is not to be had."""
    (made, *_) = assessed()
    sealing.seal()
    document = receipts.of_assessment(customer_id=made.customer_id, revision=1)
    file = tmp_path / "receipt.json"
    for seal in (document["events"][0]["seal"], None):
        document["events"][0]["seal"] = seal
        file.write_text(json.dumps(document))

        assert verify.main([str(file), "--public-key", str(tmp_path / "key.pem.pub")]) == 3
        assert "\nSOUND" not in capsys.readouterr().out


@pytest.mark.parametrize("at_checkpoint", range(1, 7))
def test_path_is_found_from_the_checkpoint_before(at_checkpoint: int, key: Ed25519PrivateKey) -> None:
    def things(count: int) -> None:
        for number in range(count):
            record(action="tests.thing.done", subject_type="thing", subject_id=number)

    things(at_checkpoint)
    signed()
    (made, *_) = assessed()
    things(3)
    signed()
    document = receipts.of_assessment(customer_id=made.customer_id, revision=1)

    report = verified(document, key)
    assert (report.is_sound, report.unproven, report.checkpoints) == (True, 0, 1)


def test_claim_rests_on_an_event_about_it_only(key: Ed25519PrivateKey) -> None:
    decision = GateDecision.objects.get(delivery=sent())
    record(
        action="tests.rumour.heard",
        subject_type="gate_decision",
        subject_id=decision.pk,
        detail={"receipt_sha256": gate_sha256(decision)},
    )
    signed()
    document = receipts.of_gate_decision(decision_id=decision.pk)
    rumour = Evidence()
    rumour.add(AuditEvent.objects.get(action="tests.rumour.heard").pk)
    document["events"] = rumour.parts()

    (problem,) = verified(document, key).problems
    assert "not about this decision" in problem.what


def test_decisions_and_messages_are_those_that_were_recorded() -> None:
    delivery = sent()
    out = io.StringIO()
    call_command("verify_decisions", stdout=out)
    assert "as it was recorded" in out.getvalue()

    stray = allow(queued())
    AuditEvent.objects.create(
        action="interventions.gate.denied", subject_type="gate_decision", subject_id="0"
    )
    assert list(altered_decisions()) == [f"gate decision {stray.pk}: no audit event recorded it"]
    (lost,) = lost_decisions()
    assert lost.startswith("gate decision 0 has gone")
    with pytest.raises(CommandError, match=r"(?s)no audit event recorded it.*gate decision 0 has gone"):
        call_command("verify_decisions")
    assert list(altered_messages()) == []
    assert delivery.contacted_at is None


def test_decision_that_was_altered_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    sent()
    read = GateDecision.from_db.__func__  # type: ignore[attr-defined]

    def forged(cls: Any, *row: Any) -> Any:
        found = read(cls, *row)
        found.is_allowed = False
        return found

    monkeypatch.setattr(GateDecision, "from_db", classmethod(forged))
    monkeypatch.setattr(receipt_checks, "CHUNK", 1)

    (problem,) = altered_decisions()
    assert problem.endswith("is not as it was recorded")


def test_event_that_was_put_before_the_first_one_does_not_stand_for_a_decision() -> None:
    decision = GateDecision.objects.get(delivery=sent())
    AuditEvent.objects.create(
        pk=-1,
        action="interventions.gate.allowed",
        subject_type="gate_decision",
        subject_id=str(decision.pk),
        detail={"receipt_sha256": "0" * 64},
    )

    assert list(altered_decisions()) == [f"gate decision {decision.pk} is not as it was recorded"]


def test_message_that_went_out_has_the_text_that_the_gate_let_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivery = brought(Delivery.State.SENDING)
    assert list(altered_messages()) == []

    with monkeypatch.context() as patch:
        patch.setattr(receipt_checks, "message_sha256", lambda subject, body: "0" * 64)
        (problem,) = altered_messages()
        assert problem == f"delivery {delivery.pk} does not have the text that the gate let through"
    monkeypatch.setattr(receipt_checks, "LET_THROUGH", {"pk": 0})
    (problem,) = altered_messages()
    assert problem == f"delivery {delivery.pk} went out, and no decision of the gate let it through"


@pytest.mark.parametrize("key_text", ["nonsense", "1:x"])
def test_wrong_keys_are_refused_in_words(key_text: str) -> None:
    with pytest.raises(CommandError, match="no key of this kind"):
        call_command("show_receipt", "assessment", key_text)


def test_snapshot_that_has_left_takes_only_the_features_along(
    key: Ed25519PrivateKey, monkeypatch: Any
) -> None:
    (made, *_) = assessed()
    signed()
    document = receipts.of_assessment(customer_id=made.customer_id, revision=1)
    assert FeatureSnapshot.objects.exists()
    document["claims"][0]["features"] = None

    assert verified(document, key).is_sound
