"""A dozen questions about the small library, for the tests of asking."""

from __future__ import annotations

from pathlib import Path

from aisle.sql.reading import read_sql
from aisle.tasks.ask.examples import Question
from aisle.tasks.ask.loading import LoadedAsk, load_ask
from aisle.tasks.ask.settings import AskSettings
from aisle.training.settings import TrainingSettings
from tests.sql.bookshop import TODAY, schema

SETTINGS = AskSettings(width=32, heads=4, linking_layers=1, decoder_layers=1, freeze_layers=1, part_dropout=0.0)
PAIRS = (
    ("how many books", "SELECT COUNT(*) FROM book"),
    ("how many loans", "SELECT COUNT(*) FROM loan"),
    ("how many crime books", "SELECT COUNT(*) FROM book WHERE genre = 'Crime'"),
    ("loans at north", "SELECT COUNT(*) FROM loan WHERE branch = 'north'"),
    ("books under 9", "SELECT title FROM book WHERE price < 9"),
    ("books above 20", "SELECT title FROM book WHERE price > 20"),
    ("price of the dearest", "SELECT MAX(price) FROM book"),
    ("price of the cheapest", "SELECT MIN(price) FROM book"),
    ("books with ring", "SELECT title FROM book WHERE title LIKE '%ring%'"),
    ("the branch with most loans", "SELECT branch, COUNT(*) FROM loan GROUP BY branch ORDER BY COUNT(*) DESC LIMIT 1"),
    ("never lent", "SELECT title FROM book WHERE title NOT IN (SELECT title FROM loan)"),
    ("what is the weather", ""),
)


def questions() -> list[Question]:
    about = schema()
    return [
        Question(text=text, query=read_sql(sql, about) if sql else None, schema=about, today=TODAY)
        for text, sql in PAIRS
    ]


def loaded(encoder: Path, training: TrainingSettings, *, settings: AskSettings = SETTINGS) -> LoadedAsk:
    return load_ask(encoder, questions(), questions(), settings, training, about={"task": "ask"})
