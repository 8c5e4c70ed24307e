"""When the encoder is slow or gone, a hybrid search goes by words and says so; nothing piles up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import BusyError, UserError
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.storefront.query_encoding import THREADS
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


@pytest.fixture
def shop(tmp_path: Path, tiny_encoder: Path) -> Iterator[Shop]:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(sample_catalogue(products=40, seed=1))
        shop.build(BuildSettings(encoder=str(tiny_encoder)))
        shop.search("warm")
        yield shop


class Stuck:
    """An encoder that answers when it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.calls = 0
        encode = SentenceEncoder.encode_counted

        def waits(encoder: SentenceEncoder, texts: list[str]) -> object:
            self.calls += 1
            self.go.wait(20)
            return encode(encoder, texts)

        monkeypatch.setattr(SentenceEncoder, "encode_counted", waits)


def test_a_slow_encoder_leaves_the_words_and_its_vector_is_there_the_next_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = Stuck(monkeypatch)
    answer = shop.search("milk chocolate", encoder_seconds=0.05)
    assert answer.without_encoder == "slow"
    assert "searched by words alone: the encoder took longer than 50 ms" in answer.notes
    assert answer.hits
    stuck.go.set()
    shop.close()  # waits for what runs
    with Shop.open(shop.path) as again:
        assert again.search("milk chocolate", encoder_seconds=30).without_encoder == ""


def test_a_remembered_vector_needs_no_encoder(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shop.search("milk chocolate")
    Stuck(monkeypatch)
    answer = shop.search("milk chocolate", encoder_seconds=0.05)
    assert answer.without_encoder == ""
    assert [hit.score for hit in answer.hits] == [hit.score for hit in before.hits]


def test_only_so_many_queries_ever_wait_for_a_stuck_encoder(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = Stuck(monkeypatch)
    for number in range(4 * THREADS):
        assert shop.search(f"milk {number}", encoder_seconds=0.02).without_encoder == "slow"
    assert stuck.calls <= 2 * THREADS
    stuck.go.set()


def test_a_broken_encoder_is_logged_once_and_used_again_when_it_works(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> np.ndarray:
        raise RuntimeError("no kernel")

    with monkeypatch.context() as patch:
        patch.setattr(SentenceEncoder, "encode_counted", broken)
        for number in range(3):
            answer = shop.search(f"milk {number}", encoder_seconds=5)
            assert answer.without_encoder == "failed"
            assert any("cannot be used just now" in note for note in answer.notes)
        with pytest.raises(BusyError, match="by words"):
            shop.search("milk 9", mode="semantic", encoder_seconds=5)
        with pytest.raises(RuntimeError, match="no kernel"):
            shop.search("milk 10")
    assert len([record for record in caplog.records if "by words alone" in record.message]) == 1
    assert shop.search("milk 11", encoder_seconds=30).without_encoder == ""


def test_a_query_longer_than_the_encoder_reads_is_said_each_time(shop: Shop) -> None:
    for source in ("encoded", "kept"):
        answer = shop.search("milk " * 180, encoder_seconds=30)
        assert answer.query_vector == source
        assert answer.query_tokens_cut > 0
        assert f"its last {answer.query_tokens_cut} tokens had no part in it" in answer.notes[-1]
    assert shop.search("milk", encoder_seconds=30).query_tokens_cut == 0


def test_without_vectors_nothing_is_waited_for(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "plain") as shop:
        shop.put_products(sample_catalogue(products=10, seed=1))
        shop.build(BuildSettings(encoder="none"))
        assert shop.search("milk", encoder_seconds=0.01).without_encoder == ""
        with pytest.raises(UserError, match="without an encoder"):
            shop.search("milk", mode="semantic", encoder_seconds=0.01)


def test_a_word_that_nobody_knows_is_compared_as_the_one_that_was_meant(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    title = "zirconium kettle"
    shop.put_products([Product(product_id="kettle", title=title)])
    shop.build(BuildSettings(head_queries=0))
    meant, misspelt = (shop.search(query, mode="semantic") for query in ("zirconium", "zirconum"))
    assert 'compared by meaning with "zirconium" for "zirconum"' in misspelt.notes
    assert [hit.score for hit in misspelt.hits] == [hit.score for hit in meant.hits]
    assert shop.search("zirconum", mode="semantic").notes == misspelt.notes, "a remembered vector says it too"
    assert not any("compared" in note for note in meant.notes)
    shop.put_products([Product(product_id="alloy", title="zirconum")])
    shop.show_changes()
    assert not any("compared" in note for note in shop.search("zirconum", mode="semantic").notes), "it is a word now"
