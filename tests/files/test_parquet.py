"""Parquet, read through DuckDB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from aisle.errors import UserError
from aisle.files.tables import BadRow, Row, open_table, read_columns, read_rows


def write(path: Path, select: str) -> Path:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


def test_values_come_as_plain_python(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.parquet",
        "SELECT 1 AS id, 'Milk' AS title, 3.50::DECIMAL(6,2) AS price, ['a', 'b'] AS stores, {'size': '1 l'} AS facts, "
        "true AS in_stock, NULL::VARCHAR AS brand, TIMESTAMP '2025-03-01 17:04:05' AS at, DATE '2025-03-01' AS day",
    )
    table = open_table(path)
    assert table.format == "parquet"
    assert list(table.rows) == [
        Row(
            1,
            {
                "id": 1,
                "title": "Milk",
                "price": 3.5,
                "stores": ["a", "b"],
                "facts": {"size": "1 l"},
                "in_stock": True,
                "brand": None,
                "at": "2025-03-01T17:04:05",
                "day": "2025-03-01",
            },
        )
    ]
    assert read_columns(path)[:2] == ["id", "title"]


def test_times_with_a_zone_come_in_utc(tmp_path: Path) -> None:
    select = 'SELECT 1 AS id, TIMESTAMPTZ \'2025-03-01 17:04:05+01\' AS "a "" t", NULL::TIMESTAMPTZ AS none'
    assert list(read_rows(write(tmp_path / "t.parquet", select))) == [
        Row(1, {"id": 1, 'a " t': "2025-03-01T16:04:05", "none": None})
    ]


def test_rows_beyond_one_batch_keep_their_order(tmp_path: Path) -> None:
    path = write(tmp_path / "t.pq", "SELECT range AS id FROM range(7000)")
    assert [row.values["id"] for row in read_rows(path) if isinstance(row, Row)] == list(range(7000))


def test_bytes_and_nul_are_set_aside(tmp_path: Path) -> None:
    path = write(
        tmp_path / "t.parquet", "SELECT 1 AS id, 'a' || chr(0) AS title UNION ALL SELECT 2, 'fine' ORDER BY id"
    )
    bad, good = read_rows(path)
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.reason) == (1, "NUL byte in column 'title'")
    assert good == Row(2, {"id": 2, "title": "fine"})
    path = write(tmp_path / "b.parquet", "SELECT 'x'::BLOB AS title")
    (row,) = read_rows(path)
    assert isinstance(row, BadRow)
    assert "bytes and no text in column 'title'" in row.reason


def test_a_name_that_looks_like_a_pattern_is_one_file(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.parquet", "SELECT 1 AS id")
    odd = plain.rename(tmp_path / "a[1]*?'.parquet")
    write(tmp_path / "a1x.parquet", "SELECT 2 AS id")
    assert list(read_rows(odd)) == [Row(1, {"id": 1})]


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", "SELECT range AS id FROM range(1000)")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"t\.parquet: is not a Parquet file"):
        list(read_rows(path))


def test_without_duckdb_the_extra_is_named(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['duckdb'] = None\n"
        "from aisle.errors import UserError\nfrom aisle.files.tables import read_rows\n"
        "try:\n    read_rows(sys.argv[1])\nexcept UserError as error:\n    print(error)"
    )
    path = tmp_path / "t.parquet"
    path.write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "pip install 'aisle[parquet]'" in done.stdout


def test_duckdb_is_imported_for_parquet_only(tmp_path: Path) -> None:
    script = "import sys; import aisle.files.tables; print('duckdb' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"
