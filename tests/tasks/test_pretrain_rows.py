"""Rows: nothing twice, nothing left out, nothing of two documents; half of all pairs follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.objectives.next_sentence import FOLLOWS, RANDOM
from aisle.tasks.pretrain.rows import Corpus, check_documents, split
from aisle.tasks.pretrain.token_files import Tokenized, TokenWriter
from aisle.text.tokenizer import SpecialTokens

SPECIAL = SpecialTokens(cls=2, sep=3, pad=0, unk=1, mask=4)
Documents = list[list[int]]


def corpus_of(directory: Path, lengths: Documents, max_tokens: int = 16) -> Corpus:
    """Documents of sentences of these lengths. Every token tells its place: the ids count from 0."""
    writer = TokenWriter(directory, {}, 1 << 20)
    done = 0
    for sentences in lengths:
        ids = np.arange(done, done + sum(sentences), dtype=np.uint32)
        writer.add(Tokenized(ids, np.cumsum(sentences), np.array([len(sentences)]), 0, 0))
        done += sum(sentences)
    return Corpus(writer.finish(), SPECIAL, max_tokens)


documents = st.lists(st.lists(st.integers(1, 30), min_size=1, max_size=8), min_size=1, max_size=12)
many = settings(max_examples=40, deadline=None)


@given(documents, st.integers(8, 40))
@many
def test_rows_cover_every_token_once_within_documents(
    tmp_path_factory: pytest.TempPathFactory, lengths: Documents, max_tokens: int
) -> None:
    corpus = corpus_of(tmp_path_factory.mktemp("c"), lengths, max_tokens)
    rows = corpus.rows()
    texts = [corpus.single(rows, row)[1:-1] for row in range(len(rows))]
    np.testing.assert_array_equal(np.concatenate(texts), np.arange(corpus.files.counts.tokens))
    assert rows.lengths_R.max() <= max_tokens - 2
    for row, text in enumerate(texts):
        document = rows.documents_R[row]
        assert corpus.bounds[document] <= text[0]
        assert text[-1] < corpus.bounds[document + 1]
        assert len(text) == max_tokens - 2 or text[-1] + 1 == corpus.bounds[document + 1]
    assert corpus.single(rows, 0)[[0, -1]].tolist() == [2, 3]


@given(documents.filter(lambda lengths: len(lengths) > 1), st.integers(8, 40), st.integers(0, 99))
@many
def test_a_pair_follows_or_is_of_another_document(
    tmp_path_factory: pytest.TempPathFactory, lengths: Documents, max_tokens: int, seed: int
) -> None:
    corpus = corpus_of(tmp_path_factory.mktemp("c"), lengths, max_tokens)
    rows, random = corpus.rows(), np.random.default_rng(seed)
    starts = {0, *corpus.files.sentence_ends_S.tolist()}
    for row in range(len(rows)):
        pair = corpus.pair(rows, row, random)
        text = corpus.single(rows, row)[1:-1][: max_tokens - 3]
        assert len(pair.first) + len(pair.second) <= max_tokens - 3
        assert len(pair.first) >= 1
        np.testing.assert_array_equal(pair.first, text[: len(pair.first)])
        inside = starts & set(text[1:].tolist())
        if inside:
            assert pair.first[-1] + 1 in inside
        if pair.label == FOLLOWS:
            np.testing.assert_array_equal(np.concatenate([pair.first, pair.second]), text)
        else:
            own = np.searchsorted(corpus.bounds, pair.first[0], side="right")
            others = np.searchsorted(corpus.bounds, pair.second, side="right")
            assert own not in others
            assert len(set(others.tolist())) == 1
            assert pair.second[0] in starts
            assert len(pair.second) >= 1


def test_half_of_the_pairs_follow_and_every_other_document_is_drawn_alike(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, [[9] * 3 + [1] * place for place in range(5)], 40)
    rows, random = corpus.rows(), np.random.default_rng(0)
    pairs = [corpus.pair(rows, 2, random) for _ in range(4_000)]
    assert np.mean([pair.label == RANDOM for pair in pairs]) == pytest.approx(0.5, abs=0.03)
    drawn = [np.searchsorted(corpus.bounds, pair.second[0], side="right") - 1 for pair in pairs if pair.label == RANDOM]
    counts = np.bincount(drawn, minlength=5) / len(drawn)
    assert counts[2] == 0
    np.testing.assert_allclose(counts[[0, 1, 3, 4]], 0.25, atol=0.04)


def test_a_single_document_is_refused_for_next_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"single document.*--recipe-name budget"):
        check_documents(corpus_of(tmp_path, [[9] * 30]))


@pytest.mark.parametrize("number", [40, 300])
def test_whole_documents_are_held_out_of_many(tmp_path: Path, number: int) -> None:
    corpus = corpus_of(tmp_path, [[9] * 3] * number)
    training, held_out = split(corpus.rows(), 0.01, 512)
    assert not set(training.documents_R.tolist()) & set(held_out.documents_R.tolist())
    assert len(set(held_out.documents_R.tolist())) == {40: 4, 300: 8}[number]
    assert len(training) + len(held_out) == len(corpus.rows())


def test_the_ends_of_documents_are_held_out_of_few(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, [[14] * 40, [14] * 20, [14]])
    training, held_out = split(corpus.rows(), 0.1, 512)
    assert held_out.starts_R.tolist() == [14 * n for n in (36, 37, 38, 39, 58, 59)]
    assert len(training) == 55


def test_held_out_rows_are_spread_evenly_where_there_are_more_than_asked_for(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, [[14] * 100])
    _, held_out = split(corpus.rows(), 0.5, 5)
    assert held_out.starts_R.tolist() == [14 * n for n in (50, 62, 74, 87, 99)]


def test_a_corpus_of_one_row_is_too_small(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="single row"):
        split(corpus_of(tmp_path, [[3]]).rows(), 0.01, 10)


def test_held_out_pairs_of_one_document_take_any_other(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, [[5] * 10, [5] * 10, [5] * 10])
    rows = corpus.rows()
    own = rows.take(rows.documents_R == 1)
    random: Any = np.random.default_rng(0)
    pairs = [corpus.pair(own, 0, random) for _ in range(50)]
    drawn = {int(pair.second[0]) // 50 for pair in pairs if pair.label == RANDOM}
    assert drawn == {0, 2}
