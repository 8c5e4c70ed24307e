"""Reading tables: every kind, packed and piped, and what cannot be read at all."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aisle.errors import UserError
from aisle.files.opening import DroppableFile
from aisle.files.tables import BadRow, Row, open_table, read_columns, read_rows

ROWS = [
    {"product_id": "1", "title": 'Milk, "whole"', "price": "3.50"},
    {"product_id": "2", "title": "Crème brûlée 🍮", "price": ""},
    {"product_id": "3", "title": "It's ½ off", "price": "0"},
]
CSV = 'product_id,title,price\n1,"Milk, ""whole""",3.50\n2,Crème brûlée 🍮,\n3,It\'s ½ off,0\n'
TSV = 'product_id\ttitle\tprice\n1\tMilk, "whole"\t3.50\n2\tCrème brûlée 🍮\t\n3\tIt\'s ½ off\t0\n'
JSONL = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
CONTENT = {"csv": CSV, "tsv": TSV, "jsonl": JSONL}


def values(path: str | Path, **options: Any) -> list[dict[str, Any]]:
    rows = list(read_rows(path, **options))
    assert all(isinstance(row, Row) for row in rows), rows
    return [row.values for row in rows if isinstance(row, Row)]


def read(tmp_path: Path, content: bytes, name: str = "table.csv") -> list[Row | BadRow]:
    path = tmp_path / name
    path.write_bytes(content)
    return list(read_rows(path))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "ndjson", "tab", "CSV"])
def test_every_text_format_gives_the_same_rows(tmp_path: Path, ending: str, packed: bool) -> None:
    kind = {"ndjson": "jsonl", "tab": "tsv", "CSV": "csv"}.get(ending, ending)
    path = tmp_path / f"table.{ending}{'.gz' if packed else ''}"
    data = CONTENT[kind].encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    assert values(path) == ROWS
    assert read_columns(path) == ["product_id", "title", "price"]
    assert open_table(path).format == kind


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"table.{kind}"
    path.write_bytes(b"\xef\xbb\xbf" + CONTENT[kind].replace("\n", "\r\n").encode())
    assert values(path) == ROWS


def test_gzip_is_recognised_without_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(gzip.compress(CSV.encode()))
    assert values(path) == ROWS


def test_a_format_can_be_named_where_the_file_name_does_not_tell(tmp_path: Path) -> None:
    path = tmp_path / "export.txt"
    path.write_text(TSV)
    assert values(path, format="tsv") == ROWS


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_standard_input_tells_its_format_by_its_first_line(kind: str, packed: bool) -> None:
    script = (
        "import json; from aisle.files.tables import read_rows; print(json.dumps([r.values for r in read_rows('-')]))"
    )
    data = CONTENT[kind].encode()
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=gzip.compress(data) if packed else data,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == ROWS


def test_lines_are_counted_from_one_and_a_row_has_the_line_it_starts_on(tmp_path: Path) -> None:
    content = b'id,text\n1,"two\nlines"\n\n2,one\n'
    assert read(tmp_path, content) == [Row(2, {"id": "1", "text": "two\nlines"}), Row(5, {"id": "2", "text": "one"})]


def test_tsv_has_no_quoting(tmp_path: Path) -> None:
    assert read(tmp_path, b'a\tb\n"x\ty"\n', "t.tsv") == [Row(2, {"a": '"x', "b": 'y"'})]


def test_a_column_without_a_name_gets_its_number(tmp_path: Path) -> None:
    assert read(tmp_path, b",title\n0,Milk\n") == [Row(2, {"column 1": "0", "title": "Milk"})]


def test_json_values_keep_their_kinds(tmp_path: Path) -> None:
    row = {"id": 7, "price": 3.5, "in_stock": True, "stores": ["a"], "brand": None, "size": {"oz": 8}}
    assert read(tmp_path, json.dumps(row).encode() + b"\n", "t.jsonl") == [Row(1, row)]


def test_columns_of_json_lines_are_those_of_the_first_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"a": 1}\nbroken\n{"b": 2, "a": 1}\n')
    table = open_table(path)
    assert table.columns == ("a", "b")
    assert len(list(table.rows)) == 3


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "is empty"),
        ("t.tsv", b"\n\n", "is empty"),
        ("t.jsonl", b"", "is empty"),
        ("t.csv.gz", b"", "is empty"),
        ("t.csv", b" , \n1,2\n", "names no columns"),
        ("t.csv", b"id,title,id\n1,2,3\n", "names id more than once"),
        ("t.csv", b"id;title\n1;2\n", "separates columns by commas"),
        ("t.csv", b"id\ttitle\n1\t2\n", "separates columns by commas"),
        ("t.tsv", b"id,title\n1,2\n", "separates columns by tabs"),
        ("t.csv", "id,title\n".encode("utf-16"), "UTF-16"),
        ("t.csv", b"id,t\xffitle\n1,2\n", "bad UTF-8 at column 5"),
        ("t.csv", b'id,"title\n', "never closed"),
        ("t.jsonl", b'[{"id": 1}]\n', "JSON array"),
        ("t.csv.gz", CSV.encode(), "does not hold gzip"),
        ("t.csv.gz", gzip.compress(CSV.encode())[:-20], "cut short or damaged"),
        ("t.csv.gz", gzip.compress(CSV.encode())[:30] + b"\0" * 40, "cut short or damaged"),
        ("t.xlsx", b"PK", "allowed endings are .csv"),
        ("t", b"id\n", "cannot tell the format"),
        ("t.parquet", b"PAR1 but no more", "is not a Parquet file"),
        ("t.parquet.gz", b"", "plain file"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_clear_error(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, content, name)
    assert words in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_gzip_file_cut_short_fails_after_its_readable_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    lines = "".join(f"{number},{number * 7919 % 10007}\n" for number in range(100_000))
    packed = gzip.compress(b"id,n\n" + lines.encode())
    path.write_bytes(packed[: len(packed) // 2])
    rows = read_rows(path)
    assert next(rows) == Row(2, {"id": "0", "n": "0"})
    with pytest.raises(UserError, match="cut short"):
        list(rows)


@pytest.mark.parametrize(("name", "words"), [("none.csv", "no such file"), ("folder.csv", "is a directory")])
def test_a_missing_file_and_a_directory_are_named(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UserError, match=words):
        read_rows(tmp_path / name)


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="csv, tsv, jsonl, parquet"):
        read_rows(tmp_path / "t.csv", format="xml")


def test_a_table_that_is_not_read_to_its_end_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    open_table(path)
    rows = read_rows(path)
    next(rows)
    del rows  # an open file would warn here, and warnings fail the test


def test_a_file_that_the_collector_meets_first_closes_without_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(CSV)
    file = io.BufferedReader(DroppableFile(path, "rb"))
    descriptor = file.fileno()
    del file  # io.FileIO would warn here, and warnings fail the test
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_parquet_from_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(b"PAR1\x15\x04"))))
    with pytest.raises(UserError, match="plain file on disk"):
        read_rows("-")
