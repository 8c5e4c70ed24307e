"""JSON of any origin is read or refused, never a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import DamagedError, UserError
from aisle.json_text import from_json
from aisle.model.config import EncoderConfig
from aisle.ranking.model import Ranker
from aisle.search.storage import read_facts

DEEP = "[" * 100_000


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_what_json_writes_is_read(value: object) -> None:
    assert from_json(json.dumps(value)) == value


@pytest.mark.parametrize("text", [DEEP, '{"a":' * 100_000, "", "{", b"\xff\xfe", "1" * 5000])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        from_json(text)


def test_readers_of_files_name_the_file(tmp_path: Path) -> None:
    for name in ("config.json", "facts.json", "ranker.json"):
        (tmp_path / name).write_text(DEEP)
    with pytest.raises(UserError, match=r"config.json is not valid JSON.*nested too deep"):
        EncoderConfig.load(tmp_path)
    with pytest.raises(DamagedError, match=r"facts.json: cannot be read.*nested too deep"):
        read_facts(tmp_path / "facts.json")
    with pytest.raises(UserError, match=r"ranker.json: cannot be read as a ranker.*nested too deep"):
        Ranker.open(tmp_path / "ranker.json")
