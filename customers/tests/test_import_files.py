"""Reading files, finding columns, parsing cells: without a database."""

import csv
import datetime as dt
import gzip
import hashlib
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.importers import csv_file, parsing
from customers.importers.columns import MappingRefused, Values, bind, read_values
from customers.importers.csv_file import CsvFile, Record, UnreadableFile, records
from customers.importers.parsing import InvalidRow
from customers.importers.rejects import RejectFile


def read(content: bytes, *, delimiter: str = ",") -> list[Record]:
    return list(records(io.BytesIO(content), delimiter=delimiter))


def cells(content: bytes, *, delimiter: str = ",") -> list[list[str]]:
    return [record.cells for record in read(content, delimiter=delimiter)]


def open_file(path: Path, content: bytes) -> tuple[list[str], list[list[str]]]:
    path.write_bytes(content)
    with CsvFile(path) as file:
        return file.header, [record.cells for record in file]


def test_records_keep_quoted_newlines_and_count_lines() -> None:
    found = read(b'1,"a\r\nb"\r\n2,c\r\n')

    assert [(record.line, record.cells) for record in found] == [(1, ["1", "a\r\nb"]), (3, ["2", "c"])]
    assert found[0].raw == b'1,"a\r\nb"'


def test_records_take_another_delimiter_and_hindi() -> None:
    assert cells("1;आशा राव;1,5\n".encode(), delimiter=";") == [["1", "आशा राव", "1,5"]]


def test_records_lose_only_the_line_whose_quote_is_never_closed() -> None:
    content = b'1,"open\n' + b"2,b\n" * 300

    found = read(content)

    assert (found[0].problem, found[0].raw) == ("a quote is opened and never closed", b'1,"open')
    assert [record.cells for record in found[1:]] == [["2", "b"]] * 300
    assert [record.line for record in found] == list(range(1, 302))


def test_records_lose_only_the_last_line_at_the_end_of_the_file() -> None:
    found = read(b'1,a\n2,"open\n3,c')

    assert [record.problem is None for record in found] == [True, False, True]


def test_records_do_not_join_two_lines_with_a_stray_quote_each() -> None:
    found = read(b'1,"a,5\n2,"b,6\n3,c,7\n')

    assert [bool(record.problem) for record in found] == [True, True, False]


def test_records_name_broken_utf8_and_go_on() -> None:
    found = read(b"1,caf\xe9\n2,b\n")

    assert found[0].problem == "not valid UTF-8"
    assert found[1].cells == ["2", "b"]


def test_records_pass_over_a_line_longer_than_memory_should_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_file, "LONGEST_LINE_BYTES", 50)

    found = read(b"1,a\n" + b"x" * 500 + b"\n2,b\n")

    assert [record.line for record in found] == [1, 2, 3]
    assert "longer than" in str(found[1].problem)
    assert found[2].cells == ["2", "b"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'"a"b,c\n', "must be doubled"),
        (b"a\rb,c\n", "carriage return"),
        (b"a," + b"x" * 200_000 + b"\n", "too long"),
    ],
)
def test_records_explain_what_is_wrong(line: bytes, reason: str) -> None:
    assert reason in str(read(line)[0].problem)


@given(st.binary(max_size=400))
def test_records_survive_any_bytes(content: bytes) -> None:
    found = read(content)

    assert [record.line for record in found] == sorted({record.line for record in found})
    assert len(found) <= content.count(b"\n") + 1


@given(
    st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r")), min_size=2), min_size=1)
)
def test_records_return_what_the_csv_module_wrote(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)

    assert cells(text.getvalue().encode()) == rows


@pytest.mark.parametrize("prefix", [b"", csv_file.BOM, b"\r\n\r\n"])
def test_file_finds_its_header(tmp_path: Path, prefix: bytes) -> None:
    assert open_file(tmp_path / "f.csv", prefix + b"a, b\r\n1,2\r\n") == (["a", "b"], [["1", "2"]])


def test_file_may_be_packed_and_is_digested_as_it_lies_on_disk(tmp_path: Path) -> None:
    content = gzip.compress(csv_file.BOM + b"a,b\n1,2\n")
    (tmp_path / "f.csv.gz").write_bytes(content)

    with CsvFile(tmp_path / "f.csv.gz") as file:
        assert [record.cells for record in file] == [["1", "2"]]
        assert file.done_bytes == file.size_bytes == len(content)
        assert file.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        ("a,b\n".encode("utf-16"), "UTF-16"),
        (b"\xe9,b\n", "header"),
        (gzip.compress(b"a,b\n" + bytes(range(32, 127)) * 9_000)[:-200], "cut off"),
    ],
)
def test_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        open_file(tmp_path / "f.csv", content)


def test_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="No such file"), CsvFile(tmp_path / "absent.csv"):
        pass


FIELDS = frozenset({"id", "name", "city"})


def test_columns_are_found_by_map_then_by_name_and_the_rest_is_named() -> None:
    columns = bind(["ID", "CUST_NM", "name", ""], fields=FIELDS, required={"id"}, mapping={"CUST_NM": "name"})

    assert columns.positions == {"id": 0, "name": 1}
    assert columns.ignored == ["name", "(column 4)"]


@pytest.mark.parametrize(
    ("header", "mapping", "reason"),
    [
        (["id", "x"], {"x": "town"}, "no such field: town. Fields are: city, id, name"),
        (["id"], {"x": "name"}, "the file has no column x"),
        (["id", "a", "b"], {"a": "name", "b": "name"}, "two columns would be name: a and b"),
        (["no", "name"], {}, "no column for id. The file has: no, name"),
    ],
)
def test_columns_that_cannot_be_mapped_are_refused(
    header: list[str], mapping: dict[str, str], reason: str
) -> None:
    with pytest.raises(MappingRefused, match=reason):
        bind(header, fields=FIELDS, required={"id"}, mapping=mapping)


@pytest.mark.parametrize(
    ("row", "picked"),
    [
        (["1", " Asha "], {"id": "1", "name": "Asha"}),
        (["1", "Asha", "extra"], {"id": "1", "name": "Asha"}),
        (["1", "Asha", "", "", ""], {"id": "1", "name": "Asha"}),
        (["1"], "has 1 fields, the header has 2"),
        (["1", "Asha", "x", "y"], "has 4 fields, the header has 2"),
        (["1", "As\x00ha"], "NUL"),
    ],
)
def test_columns_pick_their_cells(row: list[str], picked: dict[str, str] | str) -> None:
    columns = bind(["id", "name"], fields=FIELDS, required={"id"}, mapping={})
    record = Record(1, b"", row)

    if isinstance(picked, dict):
        assert columns.pick(record) == picked
    else:
        with pytest.raises(InvalidRow, match=picked):
            columns.pick(record)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("v.json", '{"city": {"PNQ": "Pune"}}'),
        ("v.csv", "\ufefffield,theirs,ours\r\ncity,PNQ,Pune\r\n\r\n"),
    ],
)
def test_values_translate_what_they_list_and_leave_the_rest(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    values = Values(read_values(tmp_path / name), fields=FIELDS)

    assert values.translate({"city": "PNQ", "name": "PNQ"}) == {"city": "Pune", "name": "PNQ"}
    assert values.translate({"city": "Goa"}) == {"city": "Goa"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("v.json", "[1]", "expected"),
        ("v.json", "{", "cannot read the values"),
        ("v.csv", "a,b\n", "no column for field"),
        ("v.csv", 'field,theirs,ours\ncity,"a\n', "line 2: a quote"),
        ("v.csv", "field,theirs,ours\ncity,a\n", "has 2 fields"),
        ("v.json", '{"town": {}}', "no such field: town"),
    ],
)
def test_values_that_make_no_sense_are_refused(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(MappingRefused, match=reason):
        Values(read_values(tmp_path / name), fields=FIELDS)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parsing.amount, "-12.50", Decimal("-12.50")),
        (parsing.amount_not_negative, "0", Decimal(0)),
        (parsing.whole(least=1, most=31), "3.0", 3),
        (parsing.share, "0.45", 0.45),
        (parsing.day, "2026-02-17", dt.date(2026, 2, 17)),
        (parsing.flag, "Yes", True),
        (parsing.flag, "0", False),
        (parsing.email, "asha@example.com", "asha@example.com"),
        (parsing.time_zone, "Asia/Kolkata", "Asia/Kolkata"),
    ],
)
def test_cell_is_read(parse: parsing.Parser, text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "reason"),
    [
        (parsing.amount, "1,19,575.00", "has thousands separators; write 119575.00"),
        (parsing.amount, "-12 500", "write -12500"),
        (parsing.amount, "₹500", "not a number"),
        (parsing.amount, "1e5", "not a number"),
        (parsing.amount, "nan", "not a number"),
        (parsing.amount, "१२३", "not a number"),
        (parsing.amount, "1.005", "more than two decimals"),
        (parsing.amount, "9" * 20, "larger than"),
        (parsing.amount_not_negative, "-1", "negative"),
        (parsing.amount_positive, "0", "not above 0"),
        (parsing.amount_not_zero, "0.00", "the amount is 0"),
        (parsing.whole(least=1, most=31), "32", "from 1 to 31"),
        (parsing.whole(least=1, most=31), "1.5", "from 1 to 31"),
        (parsing.share, "1.2", "share from 0 to 1"),
        (parsing.text_up_to(5), "x" * 300, "300 characters, more than 5"),
        (parsing.day, "17/02/2026", "such as 2026-02-17"),
        (parsing.day, "0001-01-01", "1900 to 2199"),
        (parsing.past_day, "2199-01-01", "future"),
        (parsing.moment, "yesterday", "such as"),
        (parsing.moment, "9999-12-31 23:59:59", "1900 to 2199"),
        (parsing.known_moment, "2199-01-01", "future"),
        (parsing.flag, "maybe", "neither"),
        (parsing.email, "asha", "e-mail"),
        (parsing.time_zone, "Pune", "time zone"),
    ],
)
def test_cell_that_is_wrong_says_how(parse: parsing.Parser, text: str, reason: str) -> None:
    with pytest.raises(InvalidRow, match=reason):
        parse(text)


def test_moment_without_a_zone_is_in_the_banks() -> None:
    assert parsing.moment("2026-02-17 05:30:00") == dt.datetime(2026, 2, 17, tzinfo=dt.UTC)


def test_reject_file_is_private_and_made_only_when_needed(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("of an earlier run")
    with RejectFile(path):
        pass
    assert not path.exists()

    with RejectFile(path) as rejects:
        rejects.add(line=2, reason="not valid UTF-8", raw=b"1,caf\xe9")

    assert path.read_bytes() == b'line,reason,raw\r\n2,not valid UTF-8,"1,caf\\xe9"\r\n'
    assert path.stat().st_mode & 0o077 == 0
