from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aisle.errors import AisleError, DamagedError, UserError
from aisle.search.storage import open_array, open_arrays, read_facts, save_arrays


@dataclass(frozen=True)
class Pair:
    left_N: NDArray[np.int32]
    right_NM: NDArray[np.float32]
    name: str


def test_arrays_come_back_and_other_fields_are_given(tmp_path: Path) -> None:
    pair = Pair(np.arange(3, dtype=np.int32), np.zeros((0, 4), np.float32), "x")
    save_arrays(tmp_path, "pair", pair)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pair_left.npy", "pair_right.npy"]
    again = open_arrays(Pair, tmp_path, "pair", name="y")
    np.testing.assert_array_equal(again.left_N, pair.left_N)
    assert again.right_NM.shape == (0, 4)
    assert again.name == "y"
    with pytest.raises(ValueError, match="read-only"):
        again.left_N[0] = 1


@pytest.mark.parametrize("content", [None, b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_broken_arrays_are_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "harmed.npy"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DamagedError, match=r"harmed\.npy"):
        open_array(path)


@pytest.mark.parametrize("content", [None, "", "{", "[1]"])
def test_broken_facts_are_refused_by_name(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "harmed.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DamagedError, match=r"harmed\.json"):
        read_facts(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises((UserError, AisleError), match="cannot be written"):
        save_arrays(tmp_path / "missing", "pair", Pair(np.zeros(1, np.int32), np.zeros((1, 1), np.float32), ""))
