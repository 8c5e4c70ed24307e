"""Word vectors from raw text."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.model.word_files import read_word_weights
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.words.settings import WordVectorSettings
from aisle.tasks.words.training import train_word_vectors

SETTINGS = WordVectorSettings(word_size=16, at_least=1, epochs=25, window=2, subsample=0)


def corpus(path: Path) -> Path:
    """Two worlds whose words never meet: what is drunk, and what is driven."""
    random = np.random.default_rng(0)
    worlds = (["milk", "juice", "water", "cold", "glass"], ["car", "bus", "road", "wheel", "fast"])
    lines = [" ".join(random.choice(worlds[line % 2], 8)) for line in range(400)]
    path.write_text("\n\n".join([*lines, "a rarity"]) + "\n")
    return path


@pytest.mark.parametrize("method", ["skip-gram", "fasttext"])
def test_words_that_share_neighbours_have_near_vectors(tmp_path: Path, method: str) -> None:
    settings = replace(SETTINGS, method=method, at_least=2)  # type: ignore[arg-type]
    seen: list[tuple[str, int, int]] = []
    report = train_word_vectors(
        [corpus(tmp_path / "text.txt")], tmp_path / "words", settings, lambda *said: seen.append(said)
    )
    assert (report.words, report.running_words, report.unknown) == (10, 3200, 2)
    assert seen[-1] == ("learn", 25, 25)
    encoder = SentenceEncoder.load(tmp_path / "words")
    milk, juice, bus = encoder.encode(["milk", "juice", "bus"])
    assert milk @ juice > milk @ bus + 0.1
    # A text's vector is the mean of its words'.
    table_VE = read_word_weights(tmp_path / "words")["words.weight"]
    ids = encoder.tokenizer.encode_batch(["milk bus"]).ids[0][1:-1]
    np.testing.assert_allclose(
        encoder.encode(["milk bus"], normalize=False)[0], table_VE[ids].mean(axis=0), rtol=0, atol=1e-6
    )
    assert [path.name for path in (tmp_path / "words").glob(".*")] == []


def test_the_same_text_gives_the_same_vectors_and_tables_are_read_too(tmp_path: Path) -> None:
    text = corpus(tmp_path / "text.txt")
    rows = [line for line in text.read_text().splitlines() if line]
    (tmp_path / "text.tsv").write_text("id\tbody\n" + "".join(f"{n}\t{row}\n" for n, row in enumerate(rows)))
    train_word_vectors([text], tmp_path / "a", replace(SETTINGS, epochs=1))
    train_word_vectors([tmp_path / "text.tsv"], tmp_path / "b", replace(SETTINGS, epochs=1, columns=("body",)))
    assert (tmp_path / "a" / "model.safetensors").read_bytes() == (tmp_path / "b" / "model.safetensors").read_bytes()


def test_bad_input_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = corpus(tmp_path / "text.txt")
    with pytest.raises(UserError, match="no word is seen 9999 times"):
        train_word_vectors([text], tmp_path / "words", replace(SETTINGS, at_least=9999))
    assert not (tmp_path / "words").exists()
    with pytest.raises(UserError, match="word_size is 0; it must be at least 1"):
        replace(SETTINGS, word_size=0)
    with pytest.raises(UserError, match="method 'glove' is not one of skip-gram, fasttext"):
        replace(SETTINGS, method="glove")  # type: ignore[arg-type]
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "config.json").write_text("{}")
    with pytest.raises(UserError, match="holds an encoder already"):
        train_word_vectors([text], tmp_path / "full", SETTINGS)
    monkeypatch.setitem(sys.modules, "gensim", None)
    with pytest.raises(UserError, match=r"install aisle\[words\]"):
        train_word_vectors([text], tmp_path / "words", SETTINGS)
