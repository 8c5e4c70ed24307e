"""Towers with pieces in a shop: built, kept with it, met by what is put since, and never a reason to embed again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.errors import DamagedError
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.pieces import PIECES_FILE, Pieces
from aisle.sentence.towers import Towers
from aisle.shop.product import Product
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.conftest import write_tiny_encoder

PRODUCTS = [
    Product(product_id="M-1", title="whole milk", price=2.0),
    Product(product_id="B-1", title="rye bread", price=3.0),
    Product(product_id="T-1", title="green tea", price=4.0),
]


@pytest.fixture
def towers(tmp_path: Path) -> Path:
    """A random encoder whose every piece is like itself alone."""
    directory = write_tiny_encoder(tmp_path / "towers")
    encoder = SentenceEncoder.load(directory)
    size = encoder.tokenizer.vocab_size
    Pieces(np.eye(size, 128, dtype=np.float32) + 1e-6, np.ones(size, np.float32)).save(directory)
    return directory


def meanings(shop: Shop, query: str) -> dict[str, dict[str, Any]]:
    hits = shop.search(query, mode="semantic", explain=True).hits
    return {hit.product_id: (hit.explanation or {})["semantic"] for hit in hits}


def test_a_shop_meets_word_by_word_and_keeps_the_pieces_with_its_encoder(tmp_path: Path, towers: Path) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        shop.build(BuildSettings(encoder=str(towers)))
        shutil.rmtree(towers)
        found = meanings(shop, "rye bread")
        assert next(iter(found)) == "B-1"
        assert found["B-1"]["pieces"] == pytest.approx(1, abs=0.01)
        # The shop has all that it needs, also to build again.
        again = shop.build(BuildSettings())
        assert (again.embedded, again.reused) == (0, 3)
        assert meanings(shop, "rye bread") == found


def test_a_product_put_since_is_met_at_once(tmp_path: Path, towers: Path) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        shop.build(BuildSettings(encoder=str(towers)))
        shop.put_products([Product(product_id="C-1", title="corn flakes", price=1.0)])
        shop.show_changes()
        before = meanings(shop, "corn flakes")
        assert before["C-1"]["pieces"] == pytest.approx(1, abs=0.01)
        shop.build(BuildSettings())
        assert meanings(shop, "corn flakes") == before


def test_other_pieces_are_another_encoder_but_nothing_is_embedded_again(tmp_path: Path, towers: Path) -> None:
    with_pieces = Towers.load(towers).fingerprint
    without = tmp_path / "without"
    shutil.copytree(towers, without)
    (without / PIECES_FILE).unlink()
    assert Towers.load(without).fingerprint != with_pieces
    assert Towers.load(without).product_fingerprint == Towers.load(towers).product_fingerprint
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        shop.build(BuildSettings(encoder=str(without)))
        assert "pieces" not in meanings(shop, "rye bread")["B-1"]
        report = shop.build(BuildSettings(encoder=str(towers)))
        assert (report.embedded, report.reused) == (0, 3)
        assert "pieces" in meanings(shop, "rye bread")["B-1"]


def test_pieces_of_another_vocabulary_are_refused(tmp_path: Path, towers: Path) -> None:
    Pieces(np.ones((3, 4), np.float32), np.ones(3, np.float32)).save(towers)
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS)
        with pytest.raises(DamagedError, match=r"has 3 pieces, and the vocabulary .*; train the towers again"):
            shop.build(BuildSettings(encoder=str(towers)))
