"""The file of pairs is read back as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.files.rows import Row
from aisle.files.tables import read_rows
from aisle.mining.output import as_row, pairs_file
from aisle.mining.pair import Pair

PAIRS = [
    Pair(query='5" sink', product_id="A,1", weight=1.0, quality="high", source="events", converted=3, lift=12.5),
    Pair(query="café", product_id="B", weight=0.25, quality="noisy", source="catalogue"),
]


@pytest.mark.parametrize("name", ["pairs.tsv", "pairs.tsv.gz", "pairs.jsonl", "pairs.jsonl.gz"])
def test_pairs_come_back(tmp_path: Path, name: str) -> None:
    with pairs_file(tmp_path / name) as writer:
        writer.add(PAIRS)
    assert writer.written == 2
    rows = [row.values for row in read_rows(tmp_path / name) if isinstance(row, Row)]
    expected = [as_row(pair) for pair in PAIRS]
    if "tsv" in name:
        expected = [{key: str(value) for key, value in row.items()} for row in expected]
    assert rows == expected


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.tsv or \.jsonl"), pairs_file(tmp_path / "pairs.parquet"):
        pass
    assert list(tmp_path.iterdir()) == []
