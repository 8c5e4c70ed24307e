"""A light query tower: texts it learns from, how near it comes to the full one, what it leaves as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.runtime.settings import EngineSettings
from aisle.runtime.word_engine import WordEngine
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.towers import Towers, TowersConfig
from aisle.tasks.two_tower.light import load_light
from aisle.tasks.two_tower.light_settings import LightSettings
from aisle.tasks.two_tower.light_speed import milliseconds_a_query
from aisle.tasks.two_tower.light_texts import LightTexts, light_texts, read_queries
from aisle.training.loop import train
from aisle.training.settings import TrainingSettings
from tests.conftest import TINY, WORDS, write_tiny_encoder
from tests.tasks.two_tower_shop import written

TRAINING = TrainingSettings(epochs=8, batch_size=16, learning_rate=1e-2, checkpoint_every=0, precision="f32")
F32 = EngineSettings(precision="f32")


def some_texts(count: int = 120, seed: int = 0) -> LightTexts:
    random = np.random.default_rng(seed)
    queries = [" ".join(random.choice(WORDS, random.integers(1, 4))) for _ in range(count)]
    return light_texts(queries, (), LightSettings(), 0)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tied towers of three layers that read markers' template, without dropout."""
    folder = tmp_path_factory.mktemp("towers") / "full"
    write_tiny_encoder(folder, config=replace(TINY, num_layers=3, dropout=0.0, attention_dropout=0.0))
    TowersConfig(template="labels", tied=True, dim=TINY.hidden_size).save(folder)
    return folder


@pytest.mark.parametrize("kept", [(), (0, 2)])
def test_the_light_tower_comes_nearer_to_the_full_one_and_products_stay(
    full: Path, tmp_path: Path, kept: tuple[int, ...]
) -> None:
    texts = some_texts()
    settings = LightSettings(keep_layers=kept)
    loaded = load_light(full, texts, settings, TRAINING)
    before = loaded.task.evaluate()["cosine"]
    result = train(loaded.task, TRAINING, tmp_path / "light")
    light, teacher = Towers.load(tmp_path / "light", settings=F32), Towers.load(full, settings=F32)
    found_ND, wanted_ND = (each.queries.encode(texts.held_out) for each in (light, teacher))
    cosine = float((found_ND * wanted_ND).sum(axis=1).mean())
    assert cosine == pytest.approx(result.metrics["cosine"], abs=1e-4)
    assert cosine > before
    assert isinstance(light.queries.engine, WordEngine) == (not kept)
    assert light.products.encode(["oat milk"]).tobytes() == teacher.products.encode(["oat milk"]).tobytes()
    assert (light.template, light.config.tied) == ("labels", False)
    assert light.product_fingerprint == teacher.product_fingerprint
    assert light.fingerprint != teacher.fingerprint


def test_a_table_starts_with_what_the_full_tower_says_of_each_piece(full: Path) -> None:
    loaded = load_light(full, some_texts(), LightSettings(), TRAINING)
    encoder = SentenceEncoder.load(full, settings=F32)
    (piece,) = encoder.tokenizer.pieces(["milk"])[0]
    row_D = loaded.task.module.encoder.words.weight[piece].detach().numpy()  # type: ignore[union-attr, index]
    assert row_D @ encoder.encode(["milk"])[0] == pytest.approx(np.linalg.norm(row_D), rel=1e-4)
    rare, frequent = encoder.tokenizer.pieces(["zz", "milk"])
    table_VD = loaded.task.module.encoder.words.weight.detach().numpy()  # type: ignore[union-attr, operator]
    lengths_V = np.linalg.norm(table_VD, axis=1)
    assert lengths_V[rare[0]] == pytest.approx(1, rel=1e-4)
    assert lengths_V[frequent[0]] < 0.1
    assert lengths_V[encoder.tokenizer.special.cls] < 0.01


def test_texts_are_queries_once_and_words_of_titles_and_some_queries_are_only_looked_at() -> None:
    queries = [f"oat milk {number}" for number in range(40)] * 2 + ["", "  "]
    titles = ("Whole Milk, Organic", "Rye Bread (Sliced)")
    texts = light_texts(queries, titles, LightSettings(title_queries=2.5), 7)
    assert len(texts.queries) == 36
    assert len(texts.held_out) == 4
    assert {*texts.queries, *texts.held_out} == {query for query in queries if query.strip()}
    assert 2 <= len(texts.made) <= 5
    words = {word for title in ("whole milk organic", "rye bread sliced") for word in title.split()}
    assert {word for text in texts.made for word in text.split()} <= words
    assert light_texts(queries, titles, LightSettings(title_queries=2.5), 7) == texts
    assert light_texts(queries, titles, LightSettings(title_queries=0), 7).made == ()


def test_what_cannot_be_learnt_from_is_told(full: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no query to learn from"):
        light_texts(["", " "], (), LightSettings(), 0)
    with pytest.raises(UserError, match="no column 'query'; it has text"):
        read_queries(written(tmp_path / "texts.tsv", "text", "milk"))
    assert read_queries(written(tmp_path / "pairs.tsv", "query|product_id", "oat milk|p1")) == ["oat milk"]
    with pytest.raises(UserError, match="title_queries is -1"):
        LightSettings(title_queries=-1)
    with pytest.raises(UserError, match="the encoder has the layers 0 to 2"):
        load_light(full, some_texts(), LightSettings(keep_layers=(3,)), TRAINING)
    loaded = load_light(full, some_texts(), LightSettings(), TRAINING)
    loaded.task.save(tmp_path / "table")
    with pytest.raises(UserError, match="is no Transformer; distil one from the full towers"):
        load_light(tmp_path / "table", some_texts(), LightSettings(), TRAINING)


def test_a_query_is_timed_in_every_encoder(full: Path) -> None:
    encoder = SentenceEncoder.load(full, settings=F32)
    (one, other) = milliseconds_a_query([encoder, encoder], ["milk", "oat bread"])
    assert 0 < one["p50"] <= one["p99"]
    assert 0 < other["p50"] <= other["p99"]
