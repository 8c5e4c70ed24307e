"""Raw text to token files: what is a document, that processes and interruptions change nothing."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import DamagedError, UserError
from aisle.tasks.pretrain import corpus, tokenize_corpus
from aisle.tasks.pretrain.corpus import chunks
from aisle.tasks.pretrain.settings import CorpusSettings
from aisle.tasks.pretrain.token_files import FILES, TokenFiles
from aisle.text.tokenizer import Tokenizer
from tests.tasks.pretrain_corpora import ONE_PROCESS, prose, token_files, write_tokenizer

TEXT = "Oat milk. Whole bread.\nButter\n\n\nApple\n \n\n"


def documents(files: TokenFiles, tokenizer: Tokenizer) -> list[list[str]]:
    """The sentences of every document, pieces joined by spaces."""
    starts = [0, *files.sentence_ends_S[:-1].tolist()]
    texts = [
        " ".join(tokenizer.tokens(files.tokens_N[start:end].tolist()))
        for start, end in zip(starts, files.sentence_ends_S.tolist(), strict=True)
    ]
    first = [0, *files.document_ends_D[:-1].tolist()]
    return [texts[a:b] for a, b in zip(first, files.document_ends_D.tolist(), strict=True)]


def contents(directory: Path) -> list[bytes]:
    return [(directory / name).read_bytes() for name in FILES]


def test_blank_lines_part_documents_and_lines_are_paragraphs(tmp_path: Path) -> None:
    files, tokenizer = token_files(tmp_path, TEXT)
    assert documents(files, tokenizer) == [["oat milk .", "whole bread .", "butter"], ["apple"]]
    counts = files.counts
    assert (counts.tokens, counts.sentences, counts.documents, counts.unknown) == (8, 4, 2, 0)
    assert counts.characters == len("Oat milk.Whole bread.ButterApple")
    assert files.document_bounds().tolist() == [0, 7, 8]


@pytest.mark.parametrize(("kind", "expected"), [("file", 1), ("line", 3)])
def test_a_document_may_be_a_file_or_a_line(tmp_path: Path, kind: str, expected: int) -> None:
    files, _ = token_files(tmp_path, TEXT, CorpusSettings(documents=kind, processes=1))  # type: ignore[arg-type]
    assert files.counts.documents == expected


def test_every_file_ends_a_document_and_may_be_compressed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("oat milk")
    with gzip.open(tmp_path / "b.txt.gz", "wt") as file:
        file.write("bread")
    folder = write_tokenizer(tmp_path / "tokenizer")
    files = tokenize_corpus.tokenize_corpus(
        [tmp_path / "a.txt", tmp_path / "b.txt.gz"], folder, tmp_path / "tokens", ONE_PROCESS
    )
    assert documents(files, Tokenizer.load(folder)) == [["oat milk"], ["bread"]]


def test_rows_of_a_table_are_documents(tmp_path: Path) -> None:
    (tmp_path / "t.tsv").write_text("id\ttitle\ttext\n1\toat milk\tWhole. Bread.\n2\t\tapple\n3\t\t\n")
    settings = CorpusSettings(columns=("title", "text"), processes=1)
    folder = write_tokenizer(tmp_path / "tokenizer")
    files = tokenize_corpus.tokenize_corpus([tmp_path / "t.tsv"], folder, tmp_path / "tokens", settings)
    assert documents(files, Tokenizer.load(folder)) == [["oat milk", "whole .", "bread ."], ["apple"]]
    with pytest.raises(UserError, match="no column 'name'; its columns are id, title, text"):
        list(chunks([tmp_path / "t.tsv"], replace(settings, columns=("name",))))


def test_the_number_of_processes_and_the_size_of_chunks_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = prose(40)
    token_files(tmp_path / "whole", text)
    monkeypatch.setattr(corpus, "CHUNK_CHARACTERS", 300)
    token_files(tmp_path / "small", text)
    token_files(tmp_path / "two", text, CorpusSettings(processes=2))
    expected = contents(tmp_path / "whole" / "tokens")
    assert contents(tmp_path / "small" / "tokens") == expected
    assert contents(tmp_path / "two" / "tokens") == expected


def test_finished_files_of_the_same_text_are_taken_as_they_are(tmp_path: Path) -> None:
    files, _ = token_files(tmp_path, TEXT)
    stamp = (files.directory / FILES[0]).stat().st_mtime_ns
    again = tokenize_corpus.tokenize_corpus(
        [tmp_path / "corpus.txt"], tmp_path / "tokenizer", tmp_path / "tokens", ONE_PROCESS
    )
    assert (again.directory / FILES[0]).stat().st_mtime_ns == stamp
    (tmp_path / "corpus.txt").write_text("Bread and butter.")
    anew = tokenize_corpus.tokenize_corpus(
        [tmp_path / "corpus.txt"], tmp_path / "tokenizer", tmp_path / "tokens", ONE_PROCESS
    )
    assert anew.counts.sentences == 1


WORKER = """
import sys, time
from pathlib import Path
from aisle.tasks.pretrain import corpus, tokenize_corpus
from aisle.tasks.pretrain.settings import CorpusSettings
corpus.CHUNK_CHARACTERS = 400
tokenize_corpus._SAVE_EVERY = 2
def slowly(stage, done, total):
    print(done, flush=True)
    time.sleep(0.02)
folder = Path(sys.argv[1])
settings = CorpusSettings(processes=1)
paths = [folder / "corpus.txt"]
tokenize_corpus.tokenize_corpus(paths, folder / "tokenizer", folder / "tokens", settings, progress=slowly)
"""


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = prose(60)
    monkeypatch.setattr(corpus, "CHUNK_CHARACTERS", 400)
    token_files(tmp_path / "whole", text)
    (tmp_path / "corpus.txt").write_text(text)
    folder = write_tokenizer(tmp_path / "tokenizer")
    running = subprocess.Popen([sys.executable, "-c", WORKER, tmp_path], stdout=subprocess.PIPE)
    assert running.stdout is not None
    for _ in range(5):
        assert running.stdout.readline()
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    running.stdout.close()
    assert not (tmp_path / "tokens" / "corpus.json").exists()
    assert (tmp_path / "tokens" / "unfinished.json").exists()
    taken = []
    monkeypatch.setattr(tokenize_corpus, "_tokenized", _spy(tokenize_corpus._tokenized, taken))
    files = tokenize_corpus.tokenize_corpus([tmp_path / "corpus.txt"], folder, tmp_path / "tokens", ONE_PROCESS)
    assert contents(files.directory) == contents(tmp_path / "whole" / "tokens")
    assert 0 < len(taken) < sum(1 for _ in chunks([tmp_path / "corpus.txt"], ONE_PROCESS))


def _spy(original, taken):  # type: ignore[no-untyped-def]
    def wrapped(todo, directory, processes):  # type: ignore[no-untyped-def]
        return original((taken.append(chunk) or chunk for chunk in todo), directory, processes)

    return wrapped


def test_damage_and_emptiness_are_told(tmp_path: Path) -> None:
    files, _ = token_files(tmp_path, TEXT)
    with (files.directory / FILES[0]).open("ab") as file:
        file.write(b"x")
    with pytest.raises(DamagedError, match="should have 16"):
        TokenFiles(files.directory)
    (files.directory / FILES[1]).unlink()
    with pytest.raises(DamagedError):
        TokenFiles(files.directory)
    with pytest.raises(UserError, match="holds no text"):
        token_files(tmp_path / "empty", " \n\n")
    with pytest.raises(UserError, match="no such file"):
        tokenize_corpus.tokenize_corpus(
            [tmp_path / "none.txt"], tmp_path / "tokenizer", tmp_path / "tokens", ONE_PROCESS
        )


def test_a_large_vocabulary_takes_wider_numbers(tmp_path: Path) -> None:
    words = [f"w{n}" for n in range(70_000)]
    (tmp_path / "corpus.txt").write_text("w1 w69999")
    folder = write_tokenizer(tmp_path / "tokenizer", words)
    files = tokenize_corpus.tokenize_corpus([tmp_path / "corpus.txt"], folder, tmp_path / "tokens", ONE_PROCESS)
    assert files.tokens_N.dtype == np.uint32
    assert Tokenizer.load(folder).tokens(files.tokens_N.tolist()) == ["w1", "w69999"]
