"""A model of queries writes others like them; suggestions keep those with results."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from aisle.cli.main import main
from aisle.errors import UserError
from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from aisle.tasks.complete.queries import QueryWriter, QueryWriting
from aisle.tasks.complete.query_training import load_queries
from aisle.tasks.complete.settings import CompleterSettings
from aisle.training.settings import TrainingSettings

COLOURS = ("red", "green", "blue", "yellow", "black", "white", "brown")
THINGS = ("cup", "plate", "bowl", "spoon", "knife", "glass", "towel", "candle")
MISSING = {"red spoon", "blue glass", "white candle", "black bowl"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with every thing in every colour, in whose log some pairs are missing."""
    path = tmp_path_factory.mktemp("queries") / "shop"
    queries = [f"{colour} {thing}" for colour in COLOURS for thing in THINGS]
    with Shop.create(path, simulated=True) as made:
        made.put_products(
            Product(product_id=f"p{place}", title=query.title(), price=2.0) for place, query in enumerate(queries)
        )
        made.add_events(
            Event(action="search", timestamp="2026-01-01T10:00:00Z", session_id=f"{query}/{number}", query=query)
            for query in queries
            if query not in MISSING
            for number in range(6)
        )
    return path


@pytest.fixture(scope="module")
def model(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained by the command."""
    output = tmp_path_factory.mktemp("writer") / "model"
    shape = ["--layers", "1", "--hidden-size", "32", "--heads", "2", "--vocab-size", "340", "--dropout", "0"]
    words = ["train", "queries", str(shop), "--output", str(output), *shape, "--max-steps", "200", "--batch-size", "8"]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a second one would only wait
    assert main([*words, "--learning-rate", "1e-2", "--json"]) == 0
    torch.set_num_threads(threads)
    return output


def test_what_is_written_is_new_ends_and_is_the_same_for_the_same_seed(model: Path) -> None:
    known = ["red cup", "blue plate", "green towel"]
    how = QueryWriting(draws=200, beginnings=3)
    written = QueryWriter.load(model, how)(known)
    assert written == QueryWriter.load(model, how)(known)
    assert len(written) == len(set(written))
    assert not set(known) & set(written)
    pairs = [text for text in written if text.split()[0] in COLOURS and text.split()[-1] in THINGS]
    assert len(pairs) > 20


def test_a_beginning_is_gone_on_from(model: Path) -> None:
    texts = list(QueryWriter.load(model).from_beginning("yellow"))
    assert texts
    assert all(text.startswith("yellow") for text in texts)


def test_nothing_asked_for_is_nothing_written(model: Path) -> None:
    assert QueryWriter.load(model, QueryWriting(draws=0, beginnings=0))(["red cup"]) == []


def test_written_queries_with_results_are_suggested_as_generated(shop: Path, model: Path) -> None:
    with Shop.open(shop) as opened:
        without = opened.build(BuildSettings(encoder="none")).suggestions
        written = opened.build(BuildSettings(encoder="none", query_writer=str(model))).suggestions
        texts = {
            one.text
            for colour in COLOURS
            for thing in THINGS
            for one in opened.suggest(f"{colour} {thing[:2]}")
            if one.match == "generated"
        }
    assert texts & MISSING
    assert written > without


def test_too_few_queries_and_a_missing_model_are_said(shop: Path) -> None:
    with pytest.raises(UserError, match="2 queries are too few"):
        load_queries({"a": 3, "b": 4}, CompleterSettings(), TrainingSettings())
    with Shop.open(shop) as opened, pytest.raises(UserError, match="there is no model of queries at nowhere"):
        opened.build(BuildSettings(encoder="none", query_writer="nowhere"))
    with pytest.raises(UserError, match="draws is -1"):
        QueryWriting(draws=-1)
