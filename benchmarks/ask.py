"""Questions into SQL on public sets: GeoQuery by what its queries find, WikiSQL by their form.

    python -m benchmarks.ask --data DIR --set geo|wikisql --output DIR [--minutes M | --steps N] [--questions N]

Trains a model from MiniLM (or goes on from the one that `--encoder` names) into `--output`, or takes the one that is
there, and measures it. GeoQuery: the questions of the standard split, trained on its train part, measured on its test
part with `geography.sqlite`; a query is right if it finds what the gold query finds. Gold queries that the database
cannot run count as wrong, and so do those that the grammar has no way to say. WikiSQL: logical form (aggregate, column,
and conditions in any order, letters without case) on its dev part. The contents of its tables are not at hand and
neither are their headers: a table's columns are those that the SQL of its questions names, and no value is looked up.
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import rich

from aisle.ask.measuring import same_rows
from aisle.errors import UserError
from aisle.sql.execution import Cell, Readable, RunLimits, run_select
from aisle.sql.links import lay_out
from aisle.sql.render import render
from aisle.sql.schema import Constant, schema_of_database
from aisle.sql.tree import Period, Query
from aisle.tasks.ask.description import AskDescription, load_engine
from aisle.tasks.ask.engine import AskEngine
from aisle.tasks.ask.examples import Question
from aisle.tasks.ask.loading import load_ask
from aisle.tasks.ask.public_sets import ANY_DAY, Line, questions_of, read_lines_of, wiki_questions, with_constants
from aisle.tasks.ask.settings import AskSettings
from aisle.tasks.ask.writing import write_query
from aisle.training.loop import train
from aisle.training.progress import training_progress
from aisle.training.settings import TrainingSettings

GEO, GEO_DATABASE = "text2sql_small/geography.jsonl", "text2sql_small/geography.sqlite"
NOT_ASKED = ("country_name",)
WIKI_DEV = 200
LIMITS = RunLimits(rows=20_000, seconds=30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the data sets")
    parser.add_argument("--set", choices=("geo", "wikisql"), required=True, help="what to train and measure on")
    parser.add_argument("--output", type=Path, required=True, help="directory of the run and of the model")
    parser.add_argument(
        "--encoder", default="minilm", help="where to start from: minilm, a checkpoint, or such a model"
    )
    parser.add_argument("--minutes", type=float, default=0.0, help="how long to train; 0: --steps")
    parser.add_argument("--steps", type=int, default=510, help="steps of 32 questions")
    parser.add_argument("--questions", type=int, default=24_000, help="WikiSQL: train on so many of its questions")
    parser.add_argument("--measured", type=int, default=0, help="WikiSQL: measure on so many of its questions; 0: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the numbers there")
    given = parser.parse_args()
    numbers = geo(given) if given.set == "geo" else wikisql(given)
    rich.print(numbers)
    if given.json:
        given.json.write_text(json.dumps(numbers, indent=2) + "\n")


def geo(given: argparse.Namespace) -> dict[str, Any]:
    """Execution accuracy on the test part of the standard question split."""
    lines = list(read_lines_of(given.data / GEO))
    part = {name: [line for line in lines if line.split == name] for name in ("train", "dev", "test")}
    database = given.data / GEO_DATABASE
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        plain = schema_of_database(connection, leave_out=NOT_ASKED, constants=(Constant(words="one", value=1),))
    schema = with_constants(plain, part["train"])
    engine = trained(given, questions_of(part["train"], schema)[0], questions_of(part["dev"], schema)[0])
    tables = {table.name: frozenset(column.name for column in table.columns) for table in plain.tables}
    # Gold queries may name the columns that no question is about.
    everything = {name: names | set(NOT_ASKED) for name, names in tables.items()}
    gold = Readable(path=database, tables={name: frozenset(names) for name, names in everything.items()}, views={})
    ours = Readable(path=database, tables=tables, views={})
    writable = len(questions_of(part["test"], schema)[0])
    right, cannot, seconds, wrong = 0, 0, 0.0, []
    for line in part["test"]:
        try:
            wanted: tuple[tuple[Cell, ...], ...] | None = run_select(line.sql.rstrip(" ;"), gold, LIMITS).rows
        except UserError:
            wanted = None
            cannot += 1
        started = time.perf_counter()
        sheet = lay_out(line.question, schema, today=ANY_DAY)
        written = write_query(engine, sheet)
        seconds += time.perf_counter() - started
        sql = render(written.query, schema) if written is not None and written.query is not None else ""
        # GeoQuery's own measure: the same set of answers, however often each is listed.
        if wanted is not None and sql and same_set(wanted, run_select(sql, ours, LIMITS).rows):
            right += 1
        else:
            wrong.append({"question": line.question, "gold": line.sql, "sql": sql})
    return {
        "set": "GeoQuery, standard question split",
        "questions": len(part["test"]),
        "execution_accuracy": 100 * right / len(part["test"]),
        "gold_readable_by_the_grammar": writable,
        "gold_not_run": cannot,
        "milliseconds_per_question": 1e3 * seconds / len(part["test"]),
        "wrong": wrong,
    }


def same_set(gold: tuple[tuple[Cell, ...], ...], found: tuple[tuple[Cell, ...], ...]) -> bool:
    """Whether two results have the same rows, each counted once."""
    return same_rows(tuple(dict.fromkeys(gold)), tuple(dict.fromkeys(found)), "")


def wikisql(given: argparse.Namespace) -> dict[str, Any]:
    """Logical form accuracy on the dev part."""
    questions, unread = wiki_questions(list(read_lines_of(given.data / "wikisql" / "train.jsonl.gz")))
    random.Random(given.seed).shuffle(questions)
    dev, training = questions[:WIKI_DEV], questions[WIKI_DEV : WIKI_DEV + given.questions]
    engine = trained(given, training, dev)
    lines: list[Line] = list(read_lines_of(given.data / "wikisql" / "dev.jsonl.gz"))
    measured, dev_unread = wiki_questions(lines)
    if given.measured:
        measured = random.Random(given.seed).sample(measured, given.measured)
    right, seconds = 0, 0.0
    for one in measured:
        started = time.perf_counter()
        try:
            written = write_query(engine, lay_out(one.text, one.schema, today=ANY_DAY), width=2)
        except UserError:  # more words than are read: wrong
            continue
        seconds += time.perf_counter() - started
        right += written is not None and form(written.query) == form(one.query)
    counted = len(measured) if given.measured else len(lines)
    return {
        "set": "WikiSQL, dev part" + (f", {counted} questions drawn" if given.measured else ""),
        "questions": counted,
        "logical_form_accuracy": 100 * right / counted,
        "trained_on": len(training),
        "lines_not_read": unread + dev_unread,
        "milliseconds_per_question": 1e3 * seconds / max(len(measured), 1),
    }


def form(query: Query | None) -> object:
    """What must be equal for the same logical form; None for what WikiSQL has no form for."""
    if query is None or query.group or query.having or query.order or query.distinct or len(query.items) != 1:
        return None
    item = query.items[0]
    conditions = {
        (one.column, one.operator, tuple(plain(value) for value in one.literals), one.other, one.query is None)
        for one in query.where
    }
    return item.aggregate, item.column, item.distinct, frozenset(conditions)


def plain(value: object) -> str:
    """A value without regard to case, and a number without regard to how it is written."""
    assert not isinstance(value, Period)
    text = " ".join(str(value).lower().split())
    try:
        return repr(float(text.replace(",", "")))
    except ValueError:
        return text


def trained(given: argparse.Namespace, training: Sequence[Question], dev: Sequence[Question]) -> AskEngine:
    """The model in the output directory; trained first if there is none."""
    if not (given.output / "ask.json").is_file():
        settings = TrainingSettings(
            max_steps=0 if given.minutes else given.steps,
            minutes=given.minutes,
            learning_rate=1.5e-4,
            batch_size=32,
            token_budget=400,
            evaluate_every=0 if given.minutes else 85,
            checkpoint_every=0 if given.minutes else 250,
            seed=given.seed,
        )
        about = {"task": "ask", "set": given.set}
        loaded = load_ask(given.encoder, training, dev, AskSettings(), settings, about=about)
        rich.print({"training": loaded.examples, "dev": loaded.dev, "left out": loaded.left_out})
        with training_progress(shown=True) as progress:
            result = train(loaded.task, settings, given.output, progress=progress, about=about)
        rich.print({"steps": result.steps, "seconds": result.seconds, **result.metrics})
    return load_engine(given.output, AskDescription.load(given.output).settings)


if __name__ == "__main__":
    main()
