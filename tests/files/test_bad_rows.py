"""One bad row costs one row: it is yielded with its line and reason, and the rest of the file is read."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.files import opening
from aisle.files.tables import BadRow, Row, read_rows

HEADER = b"id,title\n"
GOOD = Row(4, {"id": "9", "title": "fine"})


def read(tmp_path: Path, content: bytes, name: str = "t.csv") -> list[Row | BadRow]:
    path = tmp_path / name
    path.write_bytes(content)
    return list(read_rows(path))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "1 field where the header has 2 columns: nothing for column 'title'"),
        (b"1,a,b", "3 fields where the header has 2 columns: more after column 'title'"),
        (b"1,\xff\xfe", "bad UTF-8 at column 3 (byte 0xff)"),
        ("1,é".encode() + b"\xc3", "bad UTF-8 at column 4 (byte 0xc3)"),
        (b"1,a\0b", "NUL byte at column 4"),
        (b'1,"open', "a quoted field is never closed, column 3"),
        (b'1,"a"b', 'text after a closing quote (a quote inside a quoted field is written ""), column 6'),
        (b"1,a\rb", "a bare carriage return outside quotes"),
        (b"1," + b"x" * 200_000, "a field is too long, or its quote is never closed"),
    ],
)
def test_a_bad_line_of_csv(tmp_path: Path, line: bytes, reason: str) -> None:
    rows = read(tmp_path, HEADER + b"0,first\n" + line + b"\n" + b"9,fine\n")
    assert len(rows) == 3
    assert isinstance(rows[1], BadRow)
    assert (rows[1].line, rows[1].reason) == (3, reason)
    assert rows[1].raw.startswith("1")
    assert "\n" not in rows[1].raw
    assert rows[2] == GOOD


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1", "1 field where"),
        (b"1\ta\tb", "3 fields where"),
        (b"1\t\xe9", "bad UTF-8 at column 3"),
        (b"1\t\0", "NUL byte at column 3"),
    ],
)
def test_a_bad_line_of_tsv(tmp_path: Path, line: bytes, reason: str) -> None:
    rows = read(tmp_path, b"id\ttitle\n0\tfirst\n" + line + b"\n9\tfine\n", "t.tsv")
    assert isinstance(rows[1], BadRow)
    assert rows[1].reason.startswith(reason)
    assert rows[2] == GOOD


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"id": 1', "not JSON at column 9"),
        (b"not json", "not JSON at column 1"),
        (b'{"id": "\xff"}', "bad UTF-8 at column 9"),
        (b"[1, 2]", "not a JSON object but a list"),
        (b"null", "not a JSON object but null"),
        (b"7", "not a JSON object but a number"),
        (b'"x"', "not a JSON object but a text"),
        (b"true", "not a JSON object but true or false"),
        (b'{"price": NaN}', "NaN is not JSON"),
        (b'{"price": -Infinity}', "-Infinity is not JSON"),
        (b'{"id": 1, "id": 2}', "the key 'id' appears twice"),
        (b'{"title": "\\ud800"}', "half a surrogate pair"),
        (b'{"a": [{"b": "x\\u0000"}]}', "an escaped NUL"),
        (b'{"id": ' + b"9" * 5000 + b"}", "a number with too many digits"),
        (b"[" * 100_000, "JSON nested too deep"),
        (b'{"a":' * 100_000, "JSON nested too deep"),
    ],
)
def test_a_bad_line_of_json(tmp_path: Path, line: bytes, reason: str) -> None:
    rows = read(tmp_path, b'{"id": "0"}\n\n' + line + b'\n{"id": "9", "title": "fine"}\n', "t.jsonl")
    assert isinstance(rows[1], BadRow)
    assert rows[1].line == 3
    assert rows[1].reason.startswith(reason)
    assert rows[2] == GOOD


def test_an_emoji_written_as_a_surrogate_pair_is_fine(tmp_path: Path) -> None:
    assert read(tmp_path, b'{"t": "\\ud83c\\udf6e \\u00e9"}\n', "t.jsonl") == [Row(1, {"t": "🍮 é"})]


def test_a_quote_never_closed_costs_its_line_only(tmp_path: Path) -> None:
    lines = b"".join(b"%d,title %d\n" % (number, number) for number in range(5_000))
    rows = read(tmp_path, HEADER + b'x,"a 5" pipe\n' + b'y,"open\n' + lines)
    assert [row.line for row in rows if isinstance(row, BadRow)] == [2, 3]
    assert [row.values["id"] for row in rows if isinstance(row, Row)] == [str(number) for number in range(5_000)]


def test_quotes_that_close_and_open_on_every_line_do_not_join_the_file(tmp_path: Path) -> None:
    rows = read(tmp_path, HEADER + b'x",y,"\n' * 3_000 + b"9,fine\n")
    assert [row.line for row in rows if isinstance(row, BadRow)] == list(range(2, 3_002))
    assert "more than 500 lines" in rows[0].reason  # type: ignore[union-attr]
    assert rows[-1] == Row(3_002, GOOD.values)


def test_a_line_too_long_for_memory_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MAX_LINE_BYTES", 100)
    for name, head, good in [
        ("t.csv", HEADER, b"9,fine\n"),
        ("t.jsonl", b'{"id": 0}\n', b'{"id": "9", "title": "fine"}\n'),
    ]:
        rows = read(tmp_path, head + b"x" * 950 + b"\n\n" + good, name)
        bad = [row for row in rows if isinstance(row, BadRow)]
        assert [(row.line, row.reason) for row in bad] == [(2, "the line is longer than 100 bytes")]
        assert rows[-1] == GOOD


# Hostile input -------------------------------------------------------------------------------------------------------

hostile = st.lists(
    st.sampled_from(
        [b"a", b",", b'"', b"\n", b"\r\n", b"\r", b"\t", b"\0", b"\xff", b"{", b"}", b":", b'{"a":1}', b"\\u0000"]
    )
    | st.binary(max_size=8),
    max_size=60,
).map(b"".join)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=hostile, kind=st.sampled_from(["csv", "tsv", "jsonl"]), packed=st.booleans())
def test_no_bytes_crash_a_reader(tmp_path: Path, body: bytes, kind: str, packed: bool) -> None:
    head = {"csv": b"a,b\n", "tsv": b"a\tb\n", "jsonl": b'{"a": 0}\n'}[kind]
    path = tmp_path / f"t.{kind}"
    path.write_bytes(gzip.compress(head + body) if packed else head + body)
    for row in read_rows(path):
        assert isinstance(row, Row | BadRow)
        if isinstance(row, Row):
            json.dumps(row.values, ensure_ascii=False).encode()
            assert "\0" not in "".join(map(str, row.values.values()))
        else:
            assert row.reason


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=hostile, kind=st.sampled_from(["csv", "tsv", "jsonl"]))
def test_any_file_is_read_or_refused_with_a_sentence(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / f"t.{kind}"
    path.write_bytes(content)
    said = str(path)
    try:
        list(read_rows(path))
    except UserError as error:
        said = str(error)
    assert str(path) in said


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=hostile)
def test_every_line_of_csv_is_a_row_or_part_of_one_or_set_aside(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n" + body)
    rows = list(read_rows(path))
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert all(2 <= line <= body.count(b"\n") + 2 for line in lines)


texts = st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cells=st.lists(st.tuples(texts, texts), min_size=1, max_size=8))
def test_what_the_csv_module_writes_is_read_back(tmp_path: Path, cells: list[tuple[str, str]]) -> None:
    import csv

    path = tmp_path / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("left", "right"), *cells])
    assert [tuple(row.values.values()) for row in read_rows(path) if isinstance(row, Row)] == cells
