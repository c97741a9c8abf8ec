"""Verification, pure: what one change among sealed rows does, and where it is found."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.checkpoints import BadCheckpoint, Checkpoint, Tree, key_id, read_checkpoint, read_public_key, sign
from audit.findings import MOST_PROBLEMS, Problem, Report, in_words, note_cover
from audit.sealed_rows import (
    BEFORE_THE_FIRST,
    FIELDS,
    Fields,
    Row,
    Unsealed,
    chain_hash,
    commitment_of,
    row_hash,
    row_of,
    row_to_json,
    unsealed_of,
    unsealed_to_json,
)
from audit.tests.sealed import checkpoint_over, keys_of
from audit.verify import Verifier

KEY = Ed25519PrivateKey.from_private_bytes(b"tests" + bytes(27))
SALT = bytes(range(32))
texts = (
    st.none()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.sampled_from(["-", "1:a", ",", "1:a,1:b", "", "0:"])
)


def event(number: int, **changes: str | None) -> Fields:
    values: dict[str, str | None] = dict.fromkeys(FIELDS, "")
    values |= {
        "id": str(100 + number),
        "recorded_at": "2026-02-17T12:00:00.5",
        "action": "tests.thing.done",
        "actor_id": None,
        "detail": "{}",
    }
    return tuple((values | changes)[name] for name in FIELDS)


def seal(events: list[Fields]) -> list[Row]:
    """Events as the database seals them; chained anew whatever they are."""
    before, made = BEFORE_THE_FIRST, []
    for sequence, each in enumerate(events, start=1):
        row = Row(sequence, 1, int(each[0] or 0), "2026-02-17T12:00:01", row_hash(each), b"", each)
        row = row._replace(chain_hash=chain_hash(before, row))
        before = row.chain_hash
        made.append(row)
    return made


CLEAN = seal([event(number) for number in range(10)])
CHECKPOINTS = [checkpoint_over(CLEAN[:4], KEY), checkpoint_over(CLEAN, KEY)]


def verified(rows: list[Row], *unsealed: Unsealed, checkpoints: list[Checkpoint] = CHECKPOINTS) -> Report:
    verifier = Verifier(checkpoints=checkpoints)
    verifier.read(rows)
    return verifier.finish(unsealed)


def first(report: Report) -> tuple[int | None, int | None, str]:
    assert report.first is not None
    assert not report.is_sound
    return report.first


def test_clean_chain_verifies() -> None:
    report = verified(CLEAN)

    assert report.is_sound
    assert (report.rows, report.covered, report.checkpoints, report.first) == (10, 10, 2, None)


@given(one=st.lists(texts, min_size=3, max_size=3), other=st.lists(texts, min_size=3, max_size=3))
def test_different_events_have_different_encodings(one: list[str | None], other: list[str | None]) -> None:
    assert (row_hash(tuple(one)) == row_hash(tuple(other))) == (one == other)


@given(count=st.integers(0, 80))
def test_growing_tree_has_the_root_of_the_whole_one(count: int) -> None:
    leaves = [bytes([each]) for each in range(count)]
    tree = Tree()
    for each in leaves:
        tree.add(each)

    assert tree.root() == merkle.root([merkle.leaf_hash(each) for each in leaves])


EDITS: list[tuple[str, Callable[[Row], Row], str]] = [
    ("sequence", lambda row: row._replace(sequence=50), "row 5 is missing"),
    ("scheme", lambda row: row._replace(scheme=2), "the chain breaks"),
    ("event_id", lambda row: row._replace(event_id=7), "the chain breaks"),
    ("sealed_at", lambda row: row._replace(sealed_at="2026-02-17T12:00:02"), "the chain breaks"),
    ("row_hash", lambda row: row._replace(row_hash=bytes(32)), "the chain breaks"),
    ("chain_hash", lambda row: row._replace(chain_hash=bytes(32)), "the chain breaks"),
    ("gone", lambda row: row._replace(event=None), "its event has gone"),
]
for place, name in enumerate(FIELDS):

    def _edit(row: Row, place: int = place) -> Row:
        assert row.event is not None
        return row._replace(event=(*row.event[:place], "edited", *row.event[place + 1 :]))

    EDITS.append((name, _edit, "the event is not what was sealed"))


@pytest.mark.parametrize(("edit", "what"), [pytest.param(edit, what, id=name) for name, edit, what in EDITS])
@pytest.mark.parametrize("place", [0, 4, 9])
def test_every_edit_is_found_at_its_row(edit: Callable[[Row], Row], what: str, place: int) -> None:
    rows = [*CLEAN[:place], edit(CLEAN[place]), *CLEAN[place + 1 :]]

    sequence, _, said = first(verified(rows))

    assert sequence == place + 1
    assert what.replace("row 5", f"row {place + 1}") in said or "rows up to 49 are missing" in said


def test_unknown_scheme_is_named() -> None:
    report = verified([CLEAN[0]._replace(scheme=2), *CLEAN[1:]])

    assert "it is sealed by scheme 2, which this program does not know" in {
        each.what for each in report.problems
    }


@pytest.mark.parametrize("place", range(9))
def test_missing_row_is_found(place: int) -> None:
    found = first(verified([*CLEAN[:place], *CLEAN[place + 1 :]]))

    assert found[0] == place + 1
    assert f"row {place + 1} is missing" in found[2]


@pytest.mark.parametrize("place", range(9))
def test_swapped_rows_are_found(place: int) -> None:
    rows = list(CLEAN)
    rows[place], rows[place + 1] = rows[place + 1], rows[place]

    assert first(verified(rows))[0] == place + 1
    assert "comes after row" in " ".join(each.what for each in verified(rows).problems)


@pytest.mark.parametrize("size", range(10))
def test_cut_tail_is_found(size: int) -> None:
    sequence, _, what = first(verified(CLEAN[:size]))

    assert sequence == size + 1
    assert f"rows {size + 1} to " in what
    assert ("nothing vouches for those from" in what) is (size not in (0, 4))


@pytest.mark.parametrize(("place", "begins"), [(0, 1), (3, 1), (4, 5), (9, 5)])
def test_rewritten_and_chained_anew_is_found_by_its_checkpoint(place: int, begins: int) -> None:
    events = [event(number, reason="forged" if number == place else "") for number in range(10)]

    sequence, _, what = first(verified(seal(events)))

    assert sequence == begins
    assert "are not those that checkpoint" in what
    assert verified(seal(events), checkpoints=[]).is_sound


def test_inserted_row_chained_anew_is_found() -> None:
    events = [event(number) for number in range(10)]

    assert first(verified(seal([*events[:6], event(50), *events[6:]])))[0] == 5


def test_event_without_seal_is_found_when_it_is_late() -> None:
    report = verified(CLEAN, Unsealed(200, event(100), True), Unsealed(201, event(101), False))

    assert first(report) == (None, 200, "it has no seal after five minutes")
    assert (report.problem_count, report.waiting) == (1, 1)


def test_event_that_went_before_it_was_sealed_is_found() -> None:
    assert first(verified(CLEAN, Unsealed(200, None, True)))[1:] == (
        200,
        "it was recorded and has gone before it was sealed",
    )


def personal_rows(content: str = '{"after":1}', *erasures: Fields) -> list[Row]:
    commitment = commitment_of(SALT, '{"after":1}').hex()
    rows = seal([event(0, commitment=commitment), event(1), *erasures])
    return [rows[0]._replace(personal=(SALT, content) if content else None), *rows[1:]]


ERASURE = event(2, action="audit.personal.erased", subject_type="audit_event", subject_id="100")


def test_personal_part_as_committed_is_counted() -> None:
    report = verified(personal_rows(), checkpoints=[])

    assert (report.is_sound, report.personal, report.erased) == (True, 1, 0)


def test_altered_personal_part_is_found() -> None:
    found = first(verified(personal_rows('{"after":2}'), checkpoints=[]))

    assert found == (1, 100, "its personal part is not what was committed to")


def test_erased_personal_part_does_not_break_the_chain() -> None:
    report = verified(personal_rows("", ERASURE), checkpoints=[])

    assert (report.is_sound, report.personal, report.erased) == (True, 0, 1)
    waiting = verified(personal_rows(""), Unsealed(103, ERASURE, False), checkpoints=[])
    assert (waiting.is_sound, waiting.erased) == (True, 1)


def test_personal_part_that_went_without_a_word_is_found() -> None:
    strange = event(2, action="audit.personal.erased", subject_type="audit_event", subject_id="x")

    assert first(verified(personal_rows("", strange), checkpoints=[]))[:2] == (1, 100)


def test_rows_without_personal_parts_say_nothing_of_them() -> None:
    verifier = Verifier(has_personal=False)
    verifier.read(personal_rows(""))

    assert verifier.finish().is_sound


def test_verification_goes_on_from_a_checkpoint() -> None:
    verifier = Verifier(start=CHECKPOINTS[0], checkpoints=CHECKPOINTS)
    verifier.read(CLEAN[4:])

    report = verifier.finish()
    assert (report.is_sound, report.rows, report.covered) == (True, 6, 10)
    assert verifier.tree.root() == CHECKPOINTS[1].root


@pytest.mark.parametrize(
    "moment", ["2026-02-17T11:00:00", "2026-02-17T13:00:00", "infinity", "0044-03-15T00:00:00 BC"]
)
def test_rows_sealed_off_their_time_are_counted(moment: str) -> None:
    report = verified(seal([event(0, recorded_at=moment)]), checkpoints=[])

    assert (report.is_sound, report.sealed_late) == (True, 1)


def test_problems_beyond_a_hundred_are_counted() -> None:
    rows = [each._replace(chain_hash=bytes(32)) for each in seal([event(number) for number in range(150)])]
    report = verified(rows, checkpoints=[])

    assert (len(report.problems), report.problem_count) == (MOST_PROBLEMS, 150)


def test_checkpoint_is_read_as_it_was_signed() -> None:
    text = sign(CHECKPOINTS[0], KEY)

    assert read_checkpoint(text, keys_of(KEY)) == CHECKPOINTS[0]


def resigned(**changes: object) -> str:
    content = json.loads(CHECKPOINTS[0].payload()) | changes
    payload = json.dumps(content)
    return json.dumps({"payload": payload, "signature": KEY.sign(payload.encode()).hex()})


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "no checkpoint"),
        ("[]", "no checkpoint"),
        ("null", "no checkpoint"),
        ('{"payload": "{}", "signature": "00"}', "no checkpoint"),
        ('{"payload": 7, "signature": "00"}', "no checkpoint"),
        (resigned(), "signature is wrong"),
        (resigned(size=0), "no checkpoint"),
        (resigned(size=3), "no checkpoint"),
        (resigned(format="other"), "no checkpoint"),
        (resigned(root="00"), "no checkpoint"),
        (resigned(key="other"), "which was not given"),
        (sign(CHECKPOINTS[0], KEY).replace("12:00:00", "12:00:01"), "signature is wrong"),
    ],
)
def test_what_is_no_checkpoint_of_ours_is_refused(text: str, because: str) -> None:
    with pytest.raises(BadCheckpoint, match=because):
        read_checkpoint(text, keys_of(KEY))


def test_key_is_named_by_its_hash() -> None:
    public = KEY.public_key()

    assert key_id(public) == hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def test_other_kinds_of_key_are_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(ValueError, match="Ed25519"):
        read_public_key(pem)


@given(fields=st.lists(texts, min_size=len(FIELDS), max_size=len(FIELDS)), has=st.booleans())
def test_row_survives_its_line(fields: list[str | None], has: bool) -> None:
    row = CLEAN[0]._replace(event=tuple(fields) if has else None, personal=(SALT, "₹") if has else None)
    waiting = Unsealed(7, row.event, has)

    assert row_of(row_to_json(row)) == row
    assert unsealed_of(unsealed_to_json(waiting)) == waiting


def test_report_in_words_names_the_first_bad_row() -> None:
    bad = verified([CLEAN[0]._replace(event=None), *CLEAN[1:]], Unsealed(200, event(100), True))

    words = in_words(bad)

    assert "NOT SOUND. The first bad place: row 1, event 100: its event has gone" in words
    assert "  event 200: it has no seal after five minutes" in words
    assert bad.as_json()["problems"][0] == {"sequence": 1, "event_id": 100, "what": "its event has gone"}
    assert str(Problem(None, None, "bad")) == "audit: bad"


def test_report_in_words_says_what_is_not_covered() -> None:
    sound, without = verified(CLEAN, checkpoints=CHECKPOINTS[:1]), verified(CLEAN, checkpoints=[])
    for each in (sound, without):
        note_cover(each)
    sound.sealed_late, sound.receipts = 1, 2

    assert "Rows after 4 are not covered" in in_words(sound)
    assert "No checkpoint was compared" in in_words(without)
    assert "1 rows were sealed more than five minutes off" in in_words(sound)
    assert "2 claims of the receipt are as they were recorded." in in_words(sound)
    assert in_words(sound).endswith("SOUND: nothing is wrong.")
    covered = verified(CLEAN)
    note_cover(covered)
    assert covered.notes == []
