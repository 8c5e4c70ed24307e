"""The measured difference to Hugging Face."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.inspection.inspector import Inspector
from aisle.inspection.parity import Parity, measure, parity


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))


def test_it_is_not_measured_unless_asked_and_says_so(inspector: Inspector) -> None:
    found = parity(inspector)
    assert found.difference is None
    assert "not measured" in found.note


def test_it_is_measured_once_and_kept(inspector: Inspector, monkeypatch: pytest.MonkeyPatch) -> None:
    found = parity(inspector, measuring=True)
    assert found.difference is not None
    assert 0 <= found.difference < 1e-4
    assert "6" not in found.note.split("texts of")[0]
    assert "64 tokens" in found.note
    monkeypatch.setattr("aisle.inspection.parity.measure", lambda _: pytest.fail("measured again"))
    assert parity(inspector, measuring=True) == parity(inspector) == found


def test_a_checkpoint_that_transformers_cannot_run_does_not_stop_the_walk(
    inspector: Inspector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(inspector, "directory", tmp_path / "gone")
    found = parity(inspector, measuring=True)
    assert found.difference is None
    assert "could not run" in found.note


def test_the_shipped_difference_of_minilm_is_what_is_measured_here() -> None:
    inspector = Inspector.load("minilm")
    shipped = parity(inspector)
    assert isinstance(shipped, Parity)
    assert shipped.difference is not None
    assert measure(inspector).difference == pytest.approx(shipped.difference, abs=1e-5)
