"""The shop as its owner uses it: made, built, asked, changed, rolled back; over real files and a real ledger."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import BusyError, DamagedError, UserError
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.versions import Versions
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.conftest import write_tiny_encoder

PRODUCTS = sample_catalogue(products=300, seed=3)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    path = tmp_path_factory.mktemp("shops") / "built"
    with Shop.create(path, name="corner shop") as shop:
        shop.put_products(PRODUCTS)
        shop.build(BuildSettings(encoder=str(tiny_encoder)))
    return path


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Iterator[Shop]:
    """A shop of its own for every test."""
    shutil.copytree(built, tmp_path / "shop", symlinks=True)
    with Shop.open(tmp_path / "shop") as opened:
        yield opened


def test_what_was_put_in_is_found(shop: Shop) -> None:
    for product in PRODUCTS[::60]:
        assert shop.search(product.product_id).hits[0].product_id == product.product_id
        assert product.product_id in {hit.product_id for hit in shop.search(product.title, k=20).hits}


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "semantic"])
def test_pages_join_without_gap_or_overlap_and_scores_do_not_depend_on_them(shop: Shop, mode: str) -> None:
    whole = shop.search("organic milk", k=40, mode=mode)  # type: ignore[arg-type]
    pages = [shop.search("organic milk", k=7, offset=offset, mode=mode) for offset in range(0, 40, 7)]  # type: ignore[arg-type]
    joined = [(hit.product_id, hit.score) for page in pages for hit in page.hits]
    assert joined[: len(whole.hits)] == [(hit.product_id, hit.score) for hit in whole.hits]
    assert {page.total for page in pages} == {whole.total}


def test_a_shop_copied_elsewhere_answers_the_same(shop: Shop, tmp_path: Path) -> None:
    shutil.copytree(shop.path, tmp_path / "copy", symlinks=True)
    with Shop.open(tmp_path / "copy") as copy:
        assert [hit.score for hit in copy.search("bread").hits] == [hit.score for hit in shop.search("bread").hits]


def test_a_new_build_embeds_only_what_changed(shop: Shop, tiny_encoder: Path) -> None:
    changed = dataclasses.replace(PRODUCTS[0], title="Fernwood Frozen Unicorn Pie, 2 lb")
    shop.put_products([changed])
    assert shop.status().changes_since_build == 1
    report = shop.build(BuildSettings(encoder=str(tiny_encoder)))
    assert (report.embedded, report.reused) == (1, len(PRODUCTS) - 1)
    assert shop.search("frozen unicorn pie").hits[0].product_id == changed.product_id
    assert shop.status().changes_since_build == 0


def test_another_encoder_embeds_everything_anew(shop: Shop, tmp_path: Path) -> None:
    other = write_tiny_encoder(tmp_path / "other", seed=1)
    report = shop.build(BuildSettings(encoder=str(other)))
    assert report.reused == 0
    assert shop.encoder is not None
    assert shop.encoder.fingerprint == SentenceEncoder.load(other).fingerprint


def test_rolling_back_brings_the_version_before_and_its_encoder(shop: Shop, tmp_path: Path) -> None:
    before = [(hit.product_id, hit.score) for hit in shop.search("apple").hits]
    first = shop.version
    shop.build(BuildSettings(encoder=str(write_tiny_encoder(tmp_path / "other", seed=1))))
    assert shop.version != first
    shop.rollback()
    assert shop.version == first
    assert [(hit.product_id, hit.score) for hit in shop.search("apple").hits] == before
    assert shop.verify() == []


def test_an_old_version_can_be_asked_beside_the_live_one(shop: Shop, tiny_encoder: Path) -> None:
    first = shop.version
    shop.put_products([Product(product_id="new-1", title="Unheard Of Thing")])
    shop.build(BuildSettings(encoder=str(tiny_encoder)))
    assert shop.search("unheard of thing", mode="lexical").hits[0].product_id == "new-1"
    assert all(hit.product_id != "new-1" for hit in shop.search("unheard of thing", version=first).hits)
    with pytest.raises(UserError, match="there is no version 99"):
        shop.search("x", version=99)


def test_another_process_s_build_is_picked_up(shop: Shop, tiny_encoder: Path) -> None:
    assert not shop.refresh()
    with Shop.open(shop.path) as other:
        other.build(BuildSettings(encoder=str(tiny_encoder)))
        assert shop.version != other.version
        assert shop.refresh()
        assert shop.version == other.version


def test_a_version_without_an_encoder_searches_by_words_and_says_so(shop: Shop) -> None:
    shop.build(BuildSettings(encoder="none"))
    assert shop.search("milk").hits
    with pytest.raises(UserError, match="without an encoder"):
        shop.search("milk", mode="semantic")


def test_vectors_of_another_encoder_are_refused(shop: Shop, tmp_path: Path) -> None:
    (kept,) = (shop.path / "encoders").iterdir()
    shutil.rmtree(kept)
    shutil.copytree(write_tiny_encoder(tmp_path / "other", seed=1), kept)
    with Shop.open(shop.path) as fresh, pytest.raises(DamagedError, match="build the shop again"):
        fresh.search("milk")


def test_two_builds_at_once_the_second_says_so(shop: Shop, tiny_encoder: Path) -> None:
    with Versions(shop.path).begin(), pytest.raises(BusyError):
        shop.build(BuildSettings(encoder=str(tiny_encoder)))
    shop.build(BuildSettings(encoder=str(tiny_encoder)))


def test_old_versions_and_their_encoders_are_deleted(shop: Shop, tiny_encoder: Path, tmp_path: Path) -> None:
    for _ in range(3):
        shop.build(BuildSettings(encoder=str(write_tiny_encoder(tmp_path / f"e{_}", seed=_ + 1)), keep_versions=2))
    assert len(shop.status().versions) == 2
    assert len(list((shop.path / "encoders").iterdir())) == 2


def test_a_shop_without_products_cannot_be_built(tmp_path: Path) -> None:
    with Shop.create(tmp_path / "empty") as shop:
        with pytest.raises(UserError, match="has no products"):
            shop.build(BuildSettings(encoder="none"))
        with pytest.raises(UserError, match="has no version yet"):
            shop.search("milk")
        assert shop.status().version is None


def test_what_is_not_a_shop_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="aisle shop create"):
        Shop.open(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file"):
        Shop.create(tmp_path / "file")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other.txt").write_text("")
    with pytest.raises(UserError, match="not empty and not a shop"):
        Shop.create(tmp_path / "full")


def test_the_vectors_of_a_version_are_those_of_its_products(shop: Shop, tiny_encoder: Path) -> None:
    encoder = SentenceEncoder.load(tiny_encoder)
    answer = shop.search("whole milk", mode="semantic", k=3)
    from aisle.shop.encoded_text import encoded_text

    for hit in answer.hits:
        product = shop.product(hit.product_id)
        assert product is not None
        cosine = float(np.dot(encoder.encode([encoded_text(product)])[0], encoder.encode(["whole milk"])[0]))
        assert hit.score == pytest.approx(cosine, abs=2e-3)


@pytest.mark.parametrize("changes", [{"keep_versions": 1}, {"min_sessions": 0}])
def test_settings_that_make_no_sense_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(UserError, match="must be at least"):
        BuildSettings(**changes)  # type: ignore[arg-type]


def test_a_version_that_another_aisle_built_is_refused_and_can_be_built_anew(
    built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(built, tmp_path / "old", symlinks=True)
    for module in ("build", "index"):
        monkeypatch.setattr(f"aisle.search.{module}.FORMAT", 99)
    with Shop.open(tmp_path / "old") as shop:
        with pytest.raises(DamagedError, match="build the shop again"):
            shop.search("milk")
        shop.build(BuildSettings(encoder="none"))
        assert shop.search("milk", mode="lexical").hits


def test_a_catalogue_that_gives_nothing_to_suggest_is_built_all_the_same(tmp_path: Path, tiny_encoder: Path) -> None:
    with Shop.create(tmp_path / "bare") as shop:
        shop.put_products([Product(product_id="M-1", title="whole milk", price=2.0)])
        report = shop.build(BuildSettings(encoder=str(tiny_encoder)))
        assert (report.suggestions, report.suggestions_compared) == (0, 0)
        assert [hit.product_id for hit in shop.search("milk").hits] == ["M-1"]
