"""What is Milvus's own: collections of versions, what is left of them, and an engine that goes away."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.engines.address import parse_address
from aisle.engines.milvus_collection import Collection
from aisle.engines.opening import open_index
from aisle.errors import AwayError, BusyError, DamagedError, UserError
from aisle.search.request import SearchRequest
from aisle.search.service import EVERYWHERE
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.storefront.collections import COLLECTIONS_FILE
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.conftest import write_tiny_encoder
from tests.engines.catalogue import DIM, ENCODER, OTHER, products, vectors
from tests.engines.conftest import NO_MILVUS, Server, milvus_installed, start_server

needs_milvus = pytest.mark.skipif(not milvus_installed(), reason=NO_MILVUS)
PRODUCTS = sample_catalogue(products=60, seed=5)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One that a test may kill."""
    started = start_server(tmp_path / "milvus")
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        started.process.wait(30)


def collections(uri: str) -> set[str]:
    from pymilvus import MilvusClient

    client = MilvusClient(parse_address(uri).connection)
    try:
        return set(client.list_collections())
    finally:
        client.close()


@needs_milvus
def test_milvus_itself_refuses_the_vectors_of_another_encoder(milvus_server: Server, tmp_path: Path) -> None:
    with open_index(milvus_server.uri, tmp_path) as index:
        index.build(products(20), vectors(20), encoder=ENCODER)
        name = index.stats().collection
        other = Collection(parse_address(milvus_server.uri), name, encoder=OTHER, dim=DIM)
        with pytest.raises(DamagedError, match="holds no vectors of length 24 by encoder 0707"):
            other.check()
        with pytest.raises(AwayError, match="vector_0707"):
            other.nearest(vectors(1)[0], EVERYWHERE, 3)
        other.close()
        index.drop()
    with pytest.raises(DamagedError, match="no collection"), open_index(milvus_server.uri, tmp_path) as index:
        index.stats()


@needs_milvus
def test_a_product_that_milvus_cannot_keep_leaves_no_collection(milvus_server: Server, tmp_path: Path) -> None:
    before = collections(milvus_server.uri)
    bad = replace(products(1)[0], stores=tuple(f"s{number}" for number in range(5_000)))
    with pytest.raises(UserError, match="Milvus keeps 4096"), open_index(milvus_server.uri, tmp_path) as index:
        index.build([bad], vectors(1), encoder=ENCODER)
    assert collections(milvus_server.uri) == before


@needs_milvus
def test_a_shop_over_milvus_from_build_to_rollback(server: Server, tmp_path: Path, tiny_encoder: Path) -> None:
    other = write_tiny_encoder(tmp_path / "other", seed=1)
    build = BuildSettings(encoder=str(tiny_encoder), keep_versions=2)
    with Shop.create(tmp_path / "shop") as shop, Shop.create(tmp_path / "beside") as beside:
        shop.put_products(PRODUCTS)
        beside.put_products(PRODUCTS)
        assert shop.build(replace(build, index=server.uri)).index == server.uri
        beside.build(build)
        for query in ("organic milk", "bread", PRODUCTS[7].title):
            here, there = shop.search(query, k=20, filter="in_stock"), beside.search(query, k=20, filter="in_stock")
            assert [hit.product_id for hit in here.hits] == [hit.product_id for hit in there.hits]
            assert here.notes == there.notes
        # Live changes lie beside the version, as in any other shop.
        shop.put_products([replace(PRODUCTS[7], title="Quillworth kefir")])
        shop.delete_product(PRODUCTS[8].product_id)
        shop.show_changes()
        assert shop.search("quillworth kefir").hits[0].product_id == PRODUCTS[7].product_id
        assert PRODUCTS[8].product_id not in {hit.product_id for hit in shop.search("", k=100).hits}
        assert shop.search(PRODUCTS[7].title, mode="semantic", k=100).total == len(PRODUCTS) - 1
        # The next build goes where the live version is, and embeds only what changed.
        assert shop.build(BuildSettings(encoder=str(tiny_encoder))).embedded == 1
        shop.build(BuildSettings(encoder=str(other), keep_versions=2, force=True))
        assert len(collections(server.uri)) == 2
        assert shop.rollback().number == 2
        assert shop.search("quillworth kefir", mode="semantic").hits[0].product_id == PRODUCTS[7].product_id
        assert shop.status().index == server.uri
        # What a killed build left, and every version over Milvus once none needs it.
        with (shop.path / COLLECTIONS_FILE).open("a") as noted:
            noted.write(json.dumps({"uri": server.uri, "collection": "products_of_a_killed_build"}) + "\n")
        for _ in range(2):
            report = shop.build(replace(build, index="local"))
        assert report.collections_left == []
        assert collections(server.uri) == set()
        assert (shop.path / COLLECTIONS_FILE).read_text() == ""


@needs_milvus
def test_while_milvus_is_gone_a_shop_answers_by_words_and_says_so(
    server: Server, tmp_path: Path, tiny_encoder: Path
) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        shop.build(BuildSettings(encoder=str(tiny_encoder), index=server.uri))
        server.kill()
        answer = shop.search("organic milk")
        assert answer.hits
        assert any("by words alone: the index milvus://" in note for note in answer.notes)
        with pytest.raises(BusyError, match="did not answer a moment ago"):
            shop.search("organic milk", mode="semantic")
        with pytest.raises(AwayError, match="is it up"):
            shop.build()
    with Shop.open(tmp_path / "shop") as shop:
        assert shop.search("organic milk").hits == answer.hits


@needs_milvus
def test_while_milvus_is_gone_changes_are_found_by_their_words(server: Server, tmp_path: Path) -> None:
    catalogue, rows_ND = products(20), vectors(20)
    with open_index(server.uri, tmp_path) as index:
        index.build(catalogue, rows_ND, encoder=ENCODER)
        assert index.search(SearchRequest(query="milk"), rows_ND[0], encoder=ENCODER).hits
        server.kill()
        with pytest.raises(AwayError):
            index.upsert([replace(catalogue[4], title="Wandering rusk")], rows_ND[:1], encoder=ENCODER)
        with pytest.raises(AwayError):
            index.delete([catalogue[5].product_id])
        assert [hit.product_id for hit in index.search(SearchRequest(query="rusk")).hits] == [catalogue[4].product_id]
        left = index.search(SearchRequest(query="number", k=30)).hits
        assert not {catalogue[4].product_id, catalogue[5].product_id} & {hit.product_id for hit in left}


@needs_milvus
def test_a_changed_product_is_not_found_by_the_meaning_of_its_old_text(
    milvus_server: Server, tmp_path: Path, tiny_encoder: Path
) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        shop.build(BuildSettings(encoder=str(tiny_encoder), index=milvus_server.uri))
        changed = replace(PRODUCTS[7], title="Quillworth kefir")

        def broken(*_: object) -> object:
            raise RuntimeError("the encoder is gone")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(SentenceEncoder, "encode_counted", broken)
            shop.put_products([changed])
            shop.show_changes()
            assert [hit.product_id for hit in shop.search("quillworth", mode="lexical").hits] == [changed.product_id]
        by_meaning = shop.search(PRODUCTS[7].title, mode="semantic", k=100)
        assert by_meaning.total == len(PRODUCTS) - 1
        assert changed.product_id not in {hit.product_id for hit in by_meaning.hits}
        shop.show_changes()
        assert shop.search("quillworth kefir", mode="semantic", k=100).total == len(PRODUCTS)


def test_without_vectors_there_is_nothing_to_keep_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="build with an encoder"), open_index("milvus://localhost/p", tmp_path) as index:
        index.build(products(3), None, encoder="")


@pytest.mark.skipif(importlib.util.find_spec("pymilvus") is not None, reason="Milvus's client is installed")
def test_without_the_client_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"pip install 'aisle\[milvus\]'"):
        open_index("milvus://localhost/p", tmp_path).check(1)
    with pytest.raises(UserError, match=r"pip install 'aisle\[milvus\]'"):
        Collection(parse_address("milvus://localhost/p"), "p", encoder=ENCODER, dim=2).nearest(
            np.ones(2, np.float32), EVERYWHERE, 1
        )
