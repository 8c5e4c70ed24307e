"""The model that writes SQL: torch and numpy say the same, the grammar holds whatever the weights, and it learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from aisle.errors import UserError
from aisle.sql.grammar import Grammar
from aisle.sql.links import lay_out
from aisle.sql.render import render
from aisle.sql.sheet import KEYWORDS
from aisle.tasks.ask.description import AskDescription, load_engine
from aisle.tasks.ask.engine import AskEngine, WrittenRows
from aisle.tasks.ask.settings import START, AskSettings
from aisle.tasks.ask.task import AskTask, _weights
from aisle.tasks.ask.things import things_of
from aisle.tasks.ask.writing import write_query
from aisle.training.loop import train
from aisle.training.settings import TrainingSettings
from tests.sql.bookshop import TODAY, schema
from tests.tasks.ask_examples import PAIRS, SETTINGS, loaded

ONCE = TrainingSettings(batch_size=6, max_steps=1)


def engine_of(task: AskTask, settings: AskSettings = SETTINGS) -> AskEngine:
    return AskEngine(task.module.encoder.config, settings, _weights(task.module), task._tokenizer)


@pytest.mark.parametrize("frozen", [0, 1, -1])
def test_torch_and_numpy_give_every_symbol_the_same_score(tiny_encoder: Path, frozen: int) -> None:
    settings = replace(SETTINGS, freeze_layers=frozen)
    task = loaded(tiny_encoder, ONCE, settings=settings).task
    task.module.eval()
    batch = task.batch(range(task.num_examples()))
    with torch.no_grad():
        scores_BTV = task.module(batch).numpy()
    engine = engine_of(task, settings)
    for number in range(task.num_examples()):
        example = task._training[number]
        rows = WrittenRows(engine, example.things)
        symbol = START
        for place, following in enumerate(example.symbols):
            ours_V = rows.extend(np.array([[symbol]]))[0]
            allowed = list(example.allowed[place])
            np.testing.assert_allclose(ours_V[allowed], scores_BTV[number, place, allowed], atol=2e-4)
            symbol = following


def test_a_batch_gives_each_question_what_it_gets_alone(tiny_encoder: Path) -> None:
    task = loaded(tiny_encoder, ONCE).task
    task.module.eval()
    with torch.no_grad():
        together = [float(task.loss(task.batch([number])).value) for number in range(task.num_examples())]
        mean = float(task.loss(task.batch(range(task.num_examples()))).value)
    assert mean == pytest.approx(np.mean(together), rel=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_with_any_weights_what_is_written_is_a_query_of_the_schema(tiny_encoder: Path, seed: int) -> None:
    task = loaded(tiny_encoder, TrainingSettings(batch_size=6, max_steps=1, seed=seed)).task
    engine = engine_of(task)
    for question in ("crime at north since 2024", "'); DROP TABLE books; --", "2 3 five books under 12.5"):
        sheet = lay_out(question, schema(), today=TODAY)
        written = write_query(engine, sheet, width=2)
        assert written is not None
        assert 0 < written.probability <= 1
        assert Grammar(sheet).tree(written.symbols) == written.query
        if written.query is not None:
            assert render(written.query, schema()).startswith("SELECT ")


def test_it_learns_a_dozen_questions_and_is_read_back_from_its_files(tiny_encoder: Path, tmp_path: Path) -> None:
    training = TrainingSettings(
        batch_size=12, max_steps=90, learning_rate=1e-3, evaluate_every=90, checkpoint_every=0, clip=0.0
    )
    ready = loaded(tiny_encoder, training, settings=replace(SETTINGS, part_learning_rate=6e-3))
    assert (ready.examples, ready.dev, ready.left_out) == (len(PAIRS), len(PAIRS), {})
    result = train(ready.task, training, tmp_path)
    assert result.metrics["exact"] >= 0.8
    description = AskDescription.load(tmp_path)
    assert 0 < description.threshold <= 1
    engine = load_engine(tmp_path, description.settings)
    sheet = lay_out("how many loans", schema(), today=TODAY)
    written = write_query(engine, sheet)
    assert written is not None
    assert written.query is not None
    assert render(written.query, schema()) == "SELECT COUNT(*) FROM loan"


def test_a_trained_model_is_gone_on_from(tiny_encoder: Path, tmp_path: Path) -> None:
    first = loaded(tiny_encoder, TrainingSettings(batch_size=6, max_steps=1, seed=7)).task
    first.save(tmp_path)
    again = loaded(tmp_path, ONCE).task
    for name, weight in first.module.state_dict().items():
        torch.testing.assert_close(again.module.state_dict()[name], weight)
    with pytest.raises(UserError, match="other settings"):
        loaded(tmp_path, ONCE, settings=replace(SETTINGS, width=64))


def test_what_is_not_a_model_is_a_users_error(tmp_path: Path, tiny_encoder: Path) -> None:
    with pytest.raises(UserError, match="aisle train ask"):
        AskDescription.load(tmp_path)
    task = loaded(tiny_encoder, ONCE).task
    task.save(tmp_path)
    (tmp_path / "ask.safetensors").unlink()
    with pytest.raises(UserError, match=r"ask\.safetensors"):
        load_engine(tmp_path, SETTINGS)
    text = (tmp_path / "ask.json").read_text()
    (tmp_path / "ask.json").write_text(text.replace('"WHERE"', '"WHITHER"'))
    with pytest.raises(UserError, match="another version"):
        AskDescription.load(tmp_path)


@pytest.mark.parametrize(
    "settings", [{"width": 0}, {"width": 10, "heads": 4}, {"part_dropout": 1.0}, {"freeze_layers": -2}, {"heads": 0}]
)
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(UserError):
        AskSettings(**settings)  # type: ignore[arg-type]


def test_more_frozen_layers_than_there_are_is_refused(tiny_encoder: Path) -> None:
    with pytest.raises(UserError, match="freeze_layers is 9"):
        loaded(tiny_encoder, ONCE, settings=replace(SETTINGS, freeze_layers=9))


def test_words_and_values_are_marked_as_what_they_are(tiny_encoder: Path) -> None:
    task = loaded(tiny_encoder, ONCE).task
    sheet = lay_out("crime books under 9", schema(), today=TODAY)
    things = things_of(sheet, task._tokenizer)
    assert len(things) == sheet.size - len(KEYWORDS)
    genre = sheet.first_column - len(KEYWORDS) + 1
    value = sheet.first_value - len(KEYWORDS)
    assert (value + 1, genre) in things.links
    assert things.spans_S2[value].tolist() != [0, 0]
