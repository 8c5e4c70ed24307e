"""Pre-training as a task: it learns what a language has to teach, and nothing else; runs repeat to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.pretrain.batches import masking_table
from aisle.tasks.pretrain.loading import Loaded, Text, load_pretraining
from aisle.tasks.pretrain.settings import SIZES, PretrainSettings, fresh_config
from aisle.tasks.pretrain.speed import matrix_peak, operations_per_token
from aisle.text.tokenizer import Tokenizer
from aisle.text.vocabulary import Vocabulary
from aisle.training.loop import train
from aisle.training.settings import TrainingSettings
from tests.conftest import TINY
from tests.tasks.pretrain_corpora import prose, token_files

ROWS = PretrainSettings(max_tokens=16, held_out=0.1)
PAIRS = replace(ROWS, next_sentence=True)
TRAINING = TrainingSettings(
    max_steps=60, batch_size=16, learning_rate=3e-3, schedule="one-cycle", checkpoint_every=0, precision="f32"
)
COLOURS = ("oat", "milk", "bread")
THINGS = ("apple", "butter", "cheese")


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Models this small are slower on two."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def loaded(
    directory: Path,
    text: str,
    settings: PretrainSettings = ROWS,
    training: TrainingSettings = TRAINING,
    *,
    pre_norm: bool = True,
    encoder: str | Path = "",
) -> Loaded:
    files, tokenizer = token_files(directory, text)
    config = replace(
        fresh_config("tiny", tokenizer.vocab_size, 64, pre_norm=pre_norm, dropout=0.0),
        hidden_size=32,
        feed_forward_size=64,
        num_heads=4,
    )
    found = Text(tokenizer=tokenizer, tokenizer_directory=directory / "tokenizer", files=files)
    return load_pretraining(found, encoder, config, settings, training)


def toy_language(documents: int) -> str:
    """Every document has one word, all through its sentences; which one is at random."""
    random = np.random.default_rng(0)
    words = random.choice((*COLOURS, *THINGS), documents)
    return "\n\n".join("\n".join(" ".join([word] * 6) for _ in range(4)) for word in words)


def test_a_language_in_which_the_others_tell_every_word_is_learnt(tmp_path: Path) -> None:
    training = replace(TRAINING, max_steps=150)
    task = loaded(tmp_path / "data", toy_language(60), training=training).task
    with torch.no_grad():
        before = task.evaluate()
    result = train(task, training, tmp_path / "run")
    assert before["mlm_accuracy"] < 40
    assert result.metrics["mlm_accuracy"] > 95
    assert result.metrics["mlm_loss"] < 0.2
    # Five or six letters and a space for each word.
    characters = result.metrics["mlm_loss"] / np.log(2) / result.metrics["mlm_bits_per_character"]
    assert 4 < characters < 8


def test_words_without_any_order_teach_only_how_frequent_they_are(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    text = "\n\n".join(" ".join(random.choice((*COLOURS, *THINGS), 30)) for _ in range(60))
    task = loaded(tmp_path / "data", text).task
    result = train(task, TRAINING, tmp_path / "run")
    assert result.metrics["mlm_loss"] == pytest.approx(np.log(6), abs=0.15)


def test_next_sentence_tells_documents_apart(tmp_path: Path) -> None:
    training = replace(TRAINING, max_steps=400)
    task = loaded(tmp_path / "data", toy_language(100), PAIRS, training, pre_norm=False).task
    result = train(task, training, tmp_path / "run")
    # One in six of the wrong sentences has the same word and cannot be told.
    assert result.metrics["nsp_accuracy"] >= 75


@pytest.mark.parametrize("settings", [ROWS, PAIRS])
def test_a_run_that_stops_goes_on_to_the_bit(
    tmp_path: Path, settings: PretrainSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = prose(30)
    training = replace(TRAINING, max_steps=12, checkpoint_every=5)

    def run(name: str) -> dict[str, torch.Tensor]:
        task = loaded(tmp_path / "data", text, settings, training, pre_norm=False).task
        train(task, training, tmp_path / name)
        return {key: weight.clone() for key, weight in task.module.state_dict().items()}

    whole = run("whole")
    task = loaded(tmp_path / "data", text, settings, training, pre_norm=False).task
    batches = iter(range(8))
    batch = task.batch

    def interrupted(examples: Any) -> Any:
        if next(batches, None) is None:
            raise KeyboardInterrupt
        return batch(examples)

    monkeypatch.setattr(task, "batch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(task, training, tmp_path / "broken")
    resumed = run("broken")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_checkpoint_is_an_encoder(tmp_path: Path) -> None:
    for pre_norm in (False, True):
        task = loaded(tmp_path / "data", prose(30), pre_norm=pre_norm).task
        train(task, replace(TRAINING, max_steps=2), tmp_path / f"run-{pre_norm}")
        encoder = SentenceEncoder.load(tmp_path / f"run-{pre_norm}")
        assert encoder.encode(["oat milk", "bread"]).shape == (2, 32)


def test_going_on_with_a_checkpoint_keeps_its_pooling_and_learns_the_domain(tiny_encoder: Path, tmp_path: Path) -> None:
    files, tokenizer = token_files(tmp_path / "data", toy_language(60))
    assert Tokenizer.load(tiny_encoder).vocab_size == tokenizer.vocab_size
    text = Text(tokenizer=Tokenizer.load(tiny_encoder), tokenizer_directory=tiny_encoder, files=files)
    task = load_pretraining(text, tiny_encoder, TINY, ROWS, TRAINING).task
    with torch.no_grad():
        before = task.evaluate()["mlm_loss"]
    result = train(task, TRAINING, tmp_path / "run")
    assert result.metrics["mlm_loss"] < 0.5 * before
    assert SentenceEncoder.load(tmp_path / "run").dim == TINY.hidden_size
    with pytest.raises(UserError, match="max_tokens is 128, and the encoder has positions for 64"):
        load_pretraining(text, tiny_encoder, TINY, replace(ROWS, max_tokens=128), TRAINING)


def test_evaluations_do_not_depend_on_what_training_hides(tmp_path: Path) -> None:
    text = prose(30)
    with torch.no_grad():
        found = [
            loaded(tmp_path / "data", text, replace(ROWS, mask_rate=rate, whole_word=whole)).task.evaluate()
            for rate, whole in ((0.15, False), (0.4, True))
        ]
    assert found[0] == found[1]


def test_what_masking_leaves_alone(tmp_path: Path) -> None:
    _, tokenizer = token_files(tmp_path, "oat milk")
    table = masking_table(tokenizer, whole_word=True)
    assert np.flatnonzero(table.special_V).tolist() == [0, 2, 3, 4]
    assert table.ordinary.min() == 5
    assert table.continues_V is not None
    assert [tokenizer.tokens([place])[0][:2] for place in np.flatnonzero(table.continues_V)] == ["##"] * 44
    plain = Tokenizer.of_vocabulary(Vocabulary(("[PAD]", "[UNK]", "[CLS]", "[SEP]", "oat")))
    with pytest.raises(UserError, match="no mask token"):
        masking_table(plain, whole_word=False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mask_rate": 0.0}, "mask_rate is 0.0"),
        ({"max_tokens": 4}, "at least 8"),
        ({"held_out": 0.9}, "up to 0.5"),
        ({"beta2": 1.0}, "beta2"),
        ({"held_out_rows": 0}, "held_out_rows"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        PretrainSettings(**change)


def test_the_operations_of_a_step_are_those_of_its_matrices() -> None:
    config = fresh_config("mini", 8_192, 128, pre_norm=True, dropout=0.0)
    layers, D = SIZES["mini"]
    weights = layers * 12 * D * D
    attention = layers * 2 * 128 * D
    head = 0.3 * (D * D + D * 8_192)
    assert operations_per_token(config, 128, 0.3) == pytest.approx(6 * (weights + attention + head))
    assert matrix_peak("f32", torch.device("cpu")) > 1e8
