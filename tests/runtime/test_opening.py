"""Which arithmetic an encoder gets, and that it stays close to float32. Legend: N texts, D vector length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.runtime.hardware import capabilities
from aisle.runtime.settings import EngineSettings
from aisle.runtime.trial import Trial, best, load_trials
from aisle.sentence.encoder import SentenceEncoder

TEXTS = [
    "Fernwood organic whole milk, 1 gal",
    "The cat sat on the mat, and the dog watched it.",
    "size 2 diapers",
    "How long does it take to boil an egg?",
]


def cosines(a_ND: np.ndarray, b_ND: np.ndarray) -> np.ndarray:
    return (a_ND * b_ND).sum(1)


def test_auto_stays_close_to_float32(minilm: SentenceEncoder) -> None:
    exact = SentenceEncoder.load("minilm", settings=EngineSettings(precision="f32"))
    assert exact.engine.precision == "f32"
    assert cosines(exact.encode(TEXTS), minilm.encode(TEXTS)).min() >= 0.997


def test_int8_of_the_real_encoder_stays_close_to_float32(minilm: SentenceEncoder) -> None:
    rounded = SentenceEncoder.load("minilm", settings=EngineSettings(precision="int8"))
    exact = SentenceEncoder.load("minilm", settings=EngineSettings(precision="f32"))
    assert rounded.engine.precision == "int8"
    close_N = cosines(exact.encode(TEXTS), rounded.encode(TEXTS))
    assert close_N.mean() >= 0.999
    # Eight bits that changed nothing would mean that nothing was rounded.
    assert close_N.min() < 0.999999


def test_the_trial_is_kept_and_used_again(tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "cache"))
    first = SentenceEncoder.load(tiny_encoder)
    kept = list((tmp_path / "cache").glob("*.json"))
    if not capabilities() & {"BF16", "INT8"}:
        assert not kept
        return
    assert len(kept) == 1
    assert all(0 < trial.mean_cosine <= 1.0001 and trial.gain > 0 for trial in load_trials(kept[0]).values())
    second = SentenceEncoder.load(tiny_encoder)
    assert first.engine.precision == second.engine.precision
    np.testing.assert_array_equal(first.encode(TEXTS), second.encode(TEXTS))


def test_an_encoder_without_a_writable_cache_still_works(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "file" / "cache"))
    assert SentenceEncoder.load(tiny_encoder).encode(TEXTS).shape == (4, 32)


def found(gain: float, mean_cosine: float = 0.9996) -> Trial:
    return Trial(mean_cosine=mean_cosine, gain=gain)


def test_the_fastest_arithmetic_that_is_close_is_taken() -> None:
    assert best({"bf16": found(1.6), "int8": found(3.1)}) == "int8"
    assert best({"bf16": found(4.0), "int8": found(3.1)}) == "bf16"
    assert best({"bf16": found(1.6), "int8": found(3.1, mean_cosine=0.98)}) == "bf16"


def test_an_arithmetic_that_the_processor_lists_but_is_slow_at_is_not_taken() -> None:
    assert best({"bf16": found(0.6), "int8": found(1.1)}) == "f32"
    assert best({}) == "f32"


def test_of_two_that_are_about_as_fast_the_more_exact_one_is_taken() -> None:
    assert best({"bf16": found(2.0), "int8": found(2.2)}) == "bf16"


def test_an_unknown_precision_is_refused_with_what_is_allowed(tiny_encoder: Path) -> None:
    with pytest.raises(UserError, match="auto, f32, bf16 or int8"):
        SentenceEncoder.load(tiny_encoder, settings=EngineSettings(precision="f8"))  # type: ignore[arg-type]


def test_a_precision_the_processor_lacks_is_refused(tiny_encoder: Path) -> None:
    if "BF16" in capabilities():
        assert SentenceEncoder.load(tiny_encoder, settings=EngineSettings(precision="bf16")).engine.precision == "bf16"
    else:
        with pytest.raises(UserError, match="not in this CPU's hardware"):
            SentenceEncoder.load(tiny_encoder, settings=EngineSettings(precision="bf16"))
