"""Which arithmetic an encoder gets, and that it stays close to float32. Legend: N texts, D vector length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.runtime.hardware import capabilities
from aisle.runtime.quantization import Trial, load_trial
from aisle.runtime.settings import EngineSettings
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
    kept = list((tmp_path / "cache").glob("*.safetensors"))
    if first.engine.precision == "bf16":
        assert not kept
        return
    assert len(kept) == 1
    assert 0 < load_trial(kept[0]).mean_cosine <= 1.0001
    second = SentenceEncoder.load(tiny_encoder)
    np.testing.assert_array_equal(first.encode(TEXTS), second.encode(TEXTS))


def test_an_encoder_without_a_writable_cache_still_works(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "file" / "cache"))
    assert SentenceEncoder.load(tiny_encoder).encode(TEXTS).shape == (4, 32)


def test_eight_bits_are_taken_only_if_they_are_close_and_faster() -> None:
    assert Trial(mean_cosine=0.9996, gain=1.6).accepted
    assert not Trial(mean_cosine=0.98, gain=1.6).accepted
    assert not Trial(mean_cosine=0.9996, gain=1.0).accepted


def test_an_unknown_precision_is_refused_with_what_is_allowed(tiny_encoder: Path) -> None:
    with pytest.raises(UserError, match="auto, f32, bf16 or int8"):
        SentenceEncoder.load(tiny_encoder, settings=EngineSettings(precision="f8"))  # type: ignore[arg-type]


def test_a_precision_the_processor_lacks_is_refused(tiny_encoder: Path) -> None:
    if "BF16" in capabilities():
        assert SentenceEncoder.load(tiny_encoder, settings=EngineSettings(precision="bf16")).engine.precision == "bf16"
    else:
        with pytest.raises(UserError, match="not in this CPU's hardware"):
            SentenceEncoder.load(tiny_encoder, settings=EngineSettings(precision="bf16"))
