"""Word vectors, what is trained over them, and their evaluation, as a user runs them."""

from __future__ import annotations

from pathlib import Path

from tests.cli.test_commands import done, refused
from tests.conftest import WORDS
from tests.tasks.siamese_tables import phrase, table


def test_from_raw_text_to_evaluated_towers(tmp_path: Path, tiny_encoder: Path) -> None:
    import numpy as np

    random = np.random.default_rng(0)
    (tmp_path / "text.txt").write_text("\n".join(phrase(random) for _ in range(200)) + "\na rarity\n")
    words = tmp_path / "words"
    flags = ("--word-size", 8, "--at-least", 2, "--epochs", 1)
    report = done("train", "words", "--corpus", tmp_path / "text.txt", "--output", words, *flags)
    assert (report["words"], report["unknown"]) == (len(WORDS), 2)
    nli = table(tmp_path / "nli.tsv", "label", "sentence1", "sentence2")
    sts = table(tmp_path / "sts.tsv", "score", "sentence1", "sentence2", seed=1)
    train = ["train", "siamese", "--data", nli, "--objective", "softmax", "--hidden-size", 4, "--epochs", 1]
    for architecture in ("bilstm", "dan"):
        run = tmp_path / architecture
        report = done(*train, "--encoder", words, "--architecture", architecture, "--output", run)
        assert report["unknown_words"] == 0
        assert done("evaluate", "sts", "--encoder", run, "--data", sts)["pairs"] == 24
    examples = tmp_path / "labels.tsv"
    examples.write_text("label\ttext\n" + "".join(f"{n % 2}\t{('milk', 'bread zebra')[n % 2]}\n" for n in range(40)))
    found = done("evaluate", "transfer", "--encoder", words, "--data", examples)
    assert found["accuracy"] == 100
    assert found["unknown_words"] == 1  # every distinct text is encoded once
    assert "is a Transformer" in refused(
        *train, "--encoder", tiny_encoder, "--architecture", "dan", "--output", tmp_path / "no"
    )
    assert "has no layers" in refused("evaluate", "sts", "--encoder", words, "--data", sts, "--baseline", "cls")
