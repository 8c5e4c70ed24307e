"""A log into DuckDB: one row for each usable event, its texts replaced by numbers, and an account of the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from glob import escape
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.opening import STDIN
from aisle.mining.database import sql_text
from aisle.mining.logs import select_log
from aisle.mining.report import FilterCount
from aisle.mining.settings import PairSettings
from aisle.progress import Progress
from aisle.shop.actions import ACTIONS, action_named
from aisle.shop.clock import AHEAD_ALLOWED_MS, now_ms
from aisle.shop.ledger import Ledger
from aisle.shop.mapping import EventMap
from aisle.shop.product import Product
from aisle.shop.values import BadValueError
from aisle.text.words import normalize

_AT_ONCE = 100_000
_EARLIEST_MS = 631_152_000_000  # 1990
_LONGEST_ACTION = 100
_LARGEST_POSITION = 30_000
SEARCH, IMPRESSION, CLICK, CART, PURCHASE = (
    ACTIONS.index(name) for name in ("search", "impression", "click", "add_to_cart", "purchase")
)

# A row gets the first reason that holds. The third part names what is counted under it, and whether it is a fault.
_REASONS = (
    (
        "unreadable line",
        "no row of the table, or no JSON object",
        "action IS NULL AND session IS NULL AND query IS NULL",
    ),
    ("unknown action", "none of " + ", ".join(ACTIONS) + "; map others under [actions]", "code IS NULL"),
    ("typing", "typed prefixes and suggestions are no searches", f"code > {PURCHASE}"),
    ("no time", "no timestamp, one that is no time, or one before 1990", f"moment IS NULL OR moment < {_EARLIEST_MS}"),
    ("clock in the future", "more than a day ahead of this machine's clock", "moment > {latest}"),
    ("no session", "the session is empty", "session IS NULL"),
    (
        "no product",
        "an impression, click, cart-add or purchase that names none",
        f"code > {SEARCH} AND product IS NULL",
    ),
    ("query too long", "more than {limit:,} characters", "length(query) > {limit}"),
)

RAW = """CREATE TABLE raw (action VARCHAR, moment BIGINT, session UBIGINT, query VARCHAR, query_id UBIGINT,
    product VARCHAR, position SMALLINT)"""

Row = TypeVar("Row")


def load_products(connection: Any, products: Iterable[Product]) -> int:
    """The table `products` (product_no, product_id, category); how many."""
    connection.execute("CREATE TABLE products (product_no INTEGER, product_id VARCHAR, category VARCHAR)")
    count = 0
    for batch in _batches(products):
        rows = {
            "product_no": np.arange(count, count + len(batch), dtype=np.int32),
            "product_id": _texts([product.product_id for product in batch]),
            "category": _texts([" > ".join(product.category) for product in batch]),
        }
        connection.execute("INSERT INTO products SELECT product_no, product_id, category FROM rows")
        count += len(rows["product_no"])
    return count


def load_ledger(connection: Any, ledger: Ledger, progress: Progress) -> None:
    """The events of a ledger into `raw`."""
    total, done = ledger.count_events(), 0
    for batch in _batches(ledger.event_rows()):
        action, moment, session, query, query_id, product, position = zip(*batch, strict=True)
        rows = {  # noqa: F841 - DuckDB finds it by its name
            "action": _texts([ACTIONS[code] for code in action]),
            "moment": np.array(moment, np.int64),
            "session": _texts(session),
            "query": _texts(query),
            "query_id": _texts(query_id),
            "product": _texts(product),
            "position": np.array([place or 0 for place in position], np.int32),
        }
        connection.execute(_insert("SELECT * FROM rows", first_position=1))
        done += len(batch)
        progress("read events", done, total)


def load_files(connection: Any, paths: Sequence[Path], log: EventMap, scratch: Path, progress: Progress) -> list[str]:
    """The events of log files into `raw`; remarks on how they were read. Raises `UserError` for a file that is none."""
    import duckdb

    notes: list[str] = []
    for number, path in enumerate(paths):
        if str(path) == STDIN:
            raise UserError("pairs are mined from files, not from standard input; save the log first")
        progress("read events", number, len(paths))
        # A fixed link name, because DuckDB takes * ? [ in a file's name for a pattern.
        link = scratch / f"log-{number}{'.gz' if path.suffix.lower() == '.gz' else ''}"
        link.symlink_to(path.resolve())
        try:
            found = select_log(connection, path, link, log)
            notes += [note for note in found.notes if note not in notes]
            connection.execute(_insert(found.sql, first_position=log.first_position), [str(link)])
            if found.rejects:
                (unparsed,) = connection.execute(found.rejects).fetchone()
                connection.execute(f"INSERT INTO raw SELECT {', '.join(['NULL'] * 7)} FROM range({int(unparsed)})")
                connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.BinderException) as error:
            reason = str(error).splitlines()[0].replace(str(link), str(path))
            raise UserError(f"{path}: cannot be read as a log ({reason})") from None
    progress("read events", len(paths), len(paths))
    return notes


@dataclass(frozen=True, slots=True)
class Share:
    """The events of one of several shares of a log's sessions."""

    directory: Path
    """Where `share_out` put all of them."""
    index: int
    """From 0."""


def share_out(connection: Any, directory: Path, shares: int) -> None:
    """The table `raw` as Parquet files, all events of one session in the same share."""
    # A session is known by a hash, so its number says whose it is; what has none is the first share's.
    connection.execute(
        f"COPY (SELECT *, CAST(coalesce(session % {shares}, 0) AS INTEGER) AS share FROM raw) "
        f"TO {sql_text(directory)} (FORMAT parquet, PARTITION_BY (share), OVERWRITE_OR_IGNORE)"
    )


def load_share(connection: Any, share: Share) -> None:
    """The events of a share into `raw`."""
    # A share without events has no files.
    folder = share.directory / f"share={share.index}"
    if folder.is_dir():
        # DuckDB takes * ? [ in a name for a pattern.
        files = f"read_parquet({sql_text(escape(str(folder)) + '/*.parquet')}, hive_partitioning = false)"
        connection.execute(f"INSERT INTO raw BY NAME SELECT * FROM {files}")


def _insert(select: str, *, first_position: int) -> str:
    """Texts of a log into `raw`: empty ones are NULL, sessions and searches are known by a hash of 64 bits."""
    place = f"TRY_CAST(position AS DOUBLE) + {1 - first_position}"
    return f"""INSERT INTO raw SELECT left(nullif(trim(action), ''), {_LONGEST_ACTION}), moment,
        CASE WHEN trim(session) <> '' THEN hash(trim(session)) END, nullif(trim(query), ''),
        CASE WHEN query_id <> '' THEN hash(query_id) END, nullif(trim(product), ''),
        CASE WHEN {place} BETWEEN 1 AND {_LARGEST_POSITION} AND {place} = floor({place})
            THEN CAST({place} AS SMALLINT) END
        FROM ({select})"""


def number_events(connection: Any, log: EventMap, settings: PairSettings, progress: Progress) -> list[FilterCount]:
    """From `raw` to the tables `queries` (query_no, query) and `events`; what was left out.

    An event that names no query of its own has that of the search with its id.
    """
    progress("read queries", 0, 1)
    _number_actions(connection, log)
    _number_queries(connection, settings)
    progress("read queries", 1, 1)
    values = {"latest": now_ms() + AHEAD_ALLOWED_MS, "limit": settings.most_query_characters}
    cases = " ".join(f"WHEN {rule.format(**values)} THEN {at}" for at, (_, _, rule) in enumerate(_REASONS))
    reason = f"CASE {cases} WHEN product IS NOT NULL AND product_no IS NULL THEN {len(_REASONS)} END"
    connection.execute(f"""CREATE TABLE numbered AS
        SELECT code, moment, session, query_no, query_id, product_no, position, CAST({reason} AS UTINYINT) AS reason
        FROM raw LEFT JOIN actions USING (action) LEFT JOIN spellings USING (query)
        LEFT JOIN products ON products.product_id = raw.product""")
    connection.execute("DROP TABLE raw; DROP TABLE spellings; DROP TABLE actions")
    dropped = dict(connection.execute("SELECT reason, count(*) FROM numbered WHERE reason >= 0 GROUP BY 1").fetchall())
    names = [(name, why.format(**values)) for name, why, _ in _REASONS]
    names.append(("unknown product", "the catalogue does not have it"))
    counts = [
        FilterCount(name=name, of="events", dropped=int(dropped.get(at, 0)), why=why)
        for at, (name, why) in enumerate(names)
    ]
    connection.execute(f"""CREATE TABLE events AS
        WITH asked AS (SELECT query_id, max(query_no) AS asked_no FROM numbered
            WHERE code = {SEARCH} AND reason IS NULL AND query_id IS NOT NULL AND query_no IS NOT NULL GROUP BY 1)
        SELECT code, moment, session, coalesce(query_no, asked_no) AS query_no, product_no, position
        FROM numbered LEFT JOIN asked ON numbered.query_no IS NULL AND asked.query_id = numbered.query_id
        WHERE reason IS NULL""")
    connection.execute("DROP TABLE numbered")
    return counts


def _number_actions(connection: Any, log: EventMap) -> None:
    names = [
        name for (name,) in connection.execute("SELECT DISTINCT action FROM raw WHERE action IS NOT NULL").fetchall()
    ]
    rows = {"action": _texts(names), "code": np.array([_code(name, log) for name in names], np.int8)}  # noqa: F841
    connection.execute("CREATE TABLE actions (action VARCHAR, code UTINYINT)")
    if names:
        connection.execute("INSERT INTO actions SELECT action, nullif(code, -1) FROM rows")


def _code(name: str, log: EventMap) -> int:
    try:
        return ACTIONS.index(action_named(name, log.actions))
    except BadValueError:
        return -1


def _number_queries(connection: Any, settings: PairSettings) -> None:
    connection.execute("CREATE TABLE spelled (query VARCHAR, normalized VARCHAR)")
    reading = connection.cursor()
    reading.execute(
        "SELECT DISTINCT query FROM raw WHERE query IS NOT NULL AND length(query) <= ?",
        [settings.most_query_characters],
    )
    while found := reading.fetchmany(_AT_ONCE):
        queries = [query for (query,) in found]
        rows = {"query": _texts(queries), "normalized": _texts([normalize(query) for query in queries])}  # noqa: F841
        connection.execute("INSERT INTO spelled SELECT query, normalized FROM rows")
    connection.execute("""CREATE TABLE queries AS
        SELECT CAST(row_number() OVER () AS INTEGER) AS query_no, normalized AS query
        FROM (SELECT DISTINCT normalized FROM spelled WHERE normalized <> '')""")
    connection.execute("""CREATE TABLE spellings AS
        SELECT spelled.query, query_no FROM spelled JOIN queries ON queries.query = spelled.normalized""")
    connection.execute("DROP TABLE spelled")


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(islice(source, _AT_ONCE)):
        yield batch


def _texts(values: Sequence[str]) -> NDArray[np.object_]:
    array = np.empty(len(values), object)
    array[:] = values
    return array
