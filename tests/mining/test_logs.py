"""The same log in every format gives the same pairs."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.mining.pairs import mine_pairs
from aisle.mining.settings import PairSettings
from aisle.shop.event import Event
from aisle.shop.mapping import EventMap
from aisle.shop.ubi import record_of
from tests.mining.logs import SHELF, oranges, write_flat

SETTINGS = PairSettings(threads=1, memory_mb=256)
FIELDS = ("action", "timestamp", "session_id", "query", "query_id", "product_id", "position")


def pairs(paths: list[Path], tmp_path: Path, **rest: object) -> list[tuple[object, ...]]:
    found = mine_pairs(paths, SHELF, scratch=tmp_path, settings=SETTINGS, **rest)  # type: ignore[arg-type]
    return [(pair.query, pair.product_id, pair.weight, pair.shown, pair.converted) for pair in found.pairs]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    folder = tmp_path_factory.mktemp("flat")
    return pairs([write_flat(folder / "log.jsonl", oranges())], folder)


def write_table(path: Path, events: list[Event], delimiter: str, names: tuple[str, ...] = FIELDS) -> Path:
    with path.open("w", newline="") as file:
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        writer = csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator="\n")
        writer.writerow(names)
        for event in events:
            values = (getattr(event, name) for name in FIELDS)
            writer.writerow(["" if value is None else value for value in values])
    return path


def as_csv(folder: Path) -> list[Path]:
    return [write_table(folder / "log.csv", oranges(), ",")]


def as_tsv(folder: Path) -> list[Path]:
    return [write_table(folder / "log.tsv", oranges(), "\t")]


def packed(folder: Path) -> list[Path]:
    plain = write_flat(folder / "plain.jsonl", oranges())
    path = folder / "log.jsonl.gz"
    path.write_bytes(gzip.compress(plain.read_bytes()))
    return [path]


def in_shards(folder: Path) -> list[Path]:
    events = oranges()
    return [write_flat(folder / f"log {at} [x].jsonl", events[at::3]) for at in range(3)]


def as_parquet(folder: Path) -> list[Path]:
    import duckdb

    plain = write_flat(folder / "plain.jsonl", oranges())
    path = folder / "log.parquet"
    with duckdb.connect(":memory:") as connection:
        # A real log has real times.
        connection.execute(f"""COPY (SELECT * REPLACE (CAST(timestamp AS TIMESTAMPTZ) AS timestamp)
            FROM read_json('{plain}')) TO '{path}'""")
    return [path]


def as_ubi(folder: Path) -> list[Path]:
    path = folder / "ubi.jsonl"
    path.write_text("".join(json.dumps(record_of(event)) + "\n" for event in oranges()))
    return [path]


def as_ubi_without_queries(folder: Path) -> list[Path]:
    """Events that only carry the id of their search, as most UBI logs have them; wrapped as index dumps are."""
    records = [record_of(event) for event in oranges()]
    for record in records:
        if "action_name" in record:
            record.pop("user_query", None)
    path = folder / "ubi.jsonl"
    path.write_text("".join(json.dumps({"_index": "ubi", "_source": record}) + "\n" for record in records))
    return [path]


@pytest.mark.parametrize(
    "written",
    [as_csv, as_tsv, packed, in_shards, as_parquet, as_ubi, as_ubi_without_queries],
    ids=lambda one: one.__name__,
)
def test_every_format_gives_the_same_pairs(
    written: Callable[[Path], list[Path]], tmp_path: Path, expected: list[tuple[object, ...]]
) -> None:
    assert pairs(written(tmp_path), tmp_path) == expected


def test_columns_and_actions_of_other_names_are_mapped(tmp_path: Path, expected: list[tuple[object, ...]]) -> None:
    names = ("what", "when", "visit", "typed_text", "search", "article", "place")
    path = write_table(tmp_path / "log.csv", oranges(), ",", names)
    path.write_text(path.read_text().replace("add_to_cart", "in den Korb"))
    log = EventMap(
        action="what", timestamp="when", session_id="visit", query="typed_text", query_id="search",
        product_id="article", position="place", actions={"in den Korb": "add_to_cart"},
    )  # fmt: skip
    assert pairs([path], tmp_path, event_map=log) == expected


def test_lines_that_are_no_rows_are_counted(tmp_path: Path) -> None:
    path = write_table(tmp_path / "log.csv", oranges(), ",")
    path.write_text(path.read_text() + 'a,b\n"never closed,1\n')
    found = mine_pairs([path], SHELF, scratch=tmp_path, settings=SETTINGS)
    assert next(one.dropped for one in found.report.filters if one.name == "unreadable line") == 2


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("log.csv", "colour,shape\nred,round\n", "no column for action"),
        ("log.parquet", "not parquet", "cannot be read|not a Parquet file"),
        ("log.txt", "x", "cannot tell the format"),
        ("log.jsonl", "", "is empty"),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match=says):
        pairs([tmp_path / name], tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no such file|cannot be read|no file"):
        pairs([tmp_path / "none.jsonl"], tmp_path)
