"""`mine_pairs`: a shop's log into training pairs, with the evidence of each and an account of what was left out.

The steps, each a file: intake.py (rows to numbers), shoppers.py (programs), evidence.py (what sessions did; what was
never shown), propensity.py (the bias of places), quality.py (rates, lifts), synthetic.py (cold start).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from aisle.errors import UserError
from aisle.mining.database import scratch_database
from aisle.mining.evidence import gather, propensities
from aisle.mining.intake import (
    RAW,
    Share,
    load_files,
    load_ledger,
    load_products,
    load_share,
    number_events,
    share_out,
)
from aisle.mining.pair import Pair
from aisle.mining.quality import rate_pairs
from aisle.mining.report import FilterCount, MiningReport
from aisle.mining.settings import PairSettings
from aisle.mining.shoppers import drop_programs
from aisle.mining.synthetic import synthetic_pairs
from aisle.progress import Progress, silent
from aisle.shop.ledger import Ledger
from aisle.shop.mapping import EventMap
from aisle.shop.product import Product

_FETCHED = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class MinedPairs:
    """What `mine_pairs` returns."""

    pairs: list[Pair]
    """The pairs of the most converting queries first; of one query the best first; synthetic ones last."""
    report: MiningReport

    def of_quality(self, quality: Literal["high", "noisy"]) -> list[Pair]:
        """For the last stage of training (`high`), or what only warms up (`noisy`)."""
        return [pair for pair in self.pairs if pair.quality == quality]


def mine_pairs(
    log: Ledger | Sequence[Path],
    products: Iterable[Product],
    *,
    scratch: Path,
    settings: PairSettings | None = None,
    event_map: EventMap | None = None,
    progress: Progress = silent,
) -> MinedPairs:
    """Pairs from a shop's ledger or from log files (flat tables or UBI; CSV, TSV, JSONL, Parquet, .gz too).

    `scratch` is a directory on a disk with room for about the size of the log; what is written there is deleted again.
    Raises `UserError` for a log without events, without searches, in which nothing converts, or of which no pair is
    left: the message says what was dropped and why. With `settings.synthetic` such a log gives synthetic pairs alone.
    """
    with mining(log, products, scratch=scratch, settings=settings, event_map=event_map, progress=progress) as (
        pairs,
        report,
    ):
        return MinedPairs(pairs=list(pairs), report=report)


@contextmanager
def mining(
    log: Ledger | Sequence[Path],
    products: Iterable[Product],
    *,
    scratch: Path,
    settings: PairSettings | None = None,
    event_map: EventMap | None = None,
    progress: Progress = silent,
) -> Iterator[tuple[Iterator[Pair], MiningReport]]:
    """As `mine_pairs`, but the pairs come one by one while the block runs: for more than fit into memory."""
    settings = settings or PairSettings()
    kept = list(products)
    with scratch_database(scratch, settings) as connection:
        started = time.perf_counter()
        seen = see_sessions(connection, log, kept, event_map or EventMap(), settings, progress)
        with pairs_of_sessions(connection, seen, kept, settings, progress) as (pairs, report):
            yield pairs, replace(report, seconds=round(time.perf_counter() - started, 3))


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What the sessions of a log, or of a part of it, did: the tables `events` and `seen`, and an account."""

    read: int
    """Rows that were read."""
    filters: list[FilterCount]
    """What was left out of them."""
    notes: list[str]
    """How the log was read."""


def share_out_sessions(connection: Any, ledger: Ledger, directory: Path, shares: int) -> None:
    """Read a log once into so many shares of its sessions, each of which `see_sessions` takes by itself."""
    connection.execute(RAW)
    load_ledger(connection, ledger, silent)
    share_out(connection, directory, shares)


def see_sessions(
    connection: Any, log: Ledger | Sequence[Path] | Share, products: list[Product], event_map: EventMap,
    settings: PairSettings, progress: Progress,
) -> Seen:  # fmt: skip
    """The first half of mining, session by session, of a log or of a share of one."""
    filters, notes = _read(connection, log, products, event_map, settings, progress)
    (events,) = connection.execute("SELECT count(*) FROM events").fetchone()
    read = sum(one.dropped for one in filters) + events
    progress("count", 0, 4)
    filters += drop_programs(connection, settings)
    progress("count", 1, 4)
    filters += gather(connection, settings)
    progress("count", 2, 4)
    return Seen(read=read, filters=filters, notes=notes)


@contextmanager
def pairs_of_sessions(
    connection: Any, seen: Seen, products: list[Product], settings: PairSettings, progress: Progress
) -> Iterator[tuple[Iterator[Pair], MiningReport]]:
    """The second half: from what all sessions did to pairs. Raises `UserError` where no pair is left."""
    started = time.perf_counter()
    looks, position_note = propensities(connection)
    progress("count", 3, 4)
    filters = seen.filters + rate_pairs(connection, settings)
    progress("count", 4, 4)
    made = synthetic_pairs(products, _covered(connection), settings.synthetic) if settings.synthetic else []
    report = _report(connection, seen.read, filters, looks, position_note, seen.notes, len(made), settings)
    report = replace(report, seconds=round(time.perf_counter() - started, 3))
    if not report.pairs:
        raise UserError(_nothing(connection, report, settings))
    yield _stream(connection, made), report


def _read(
    connection: Any, log: Ledger | Sequence[Path] | Share, products: list[Product], event_map: EventMap,
    settings: PairSettings, progress: Progress,
) -> tuple[list[FilterCount], list[str]]:  # fmt: skip
    connection.execute(RAW)
    load_products(connection, products)
    notes: list[str] = []
    if isinstance(log, Ledger):
        load_ledger(connection, log, progress)
    elif isinstance(log, Share):
        load_share(connection, log)
    else:
        (folder,) = connection.execute("SELECT current_setting('temp_directory')").fetchone()
        notes = load_files(connection, log, event_map, Path(folder).parent, progress)
    return number_events(connection, event_map, settings, progress), notes


def _covered(connection: Any) -> set[str]:
    return {product_id for (product_id,) in connection.execute("SELECT DISTINCT product_id FROM mined").fetchall()}


def _report(
    connection: Any, read: int, filters: list[FilterCount], looks: tuple[float, ...], position_note: str,
    notes: list[str], synthetic: int, settings: PairSettings,
) -> MiningReport:  # fmt: skip
    def number(select: str) -> int:
        return int(connection.execute(select).fetchone()[0] or 0)

    pairs = number("SELECT count(*) FROM mined")
    conversions = number("SELECT sum(converted) FROM counted")
    largest = connection.execute("""SELECT product_id, share FROM usual JOIN products USING (product_no)
        WHERE share > 0.2 ORDER BY share DESC LIMIT 1""").fetchone()
    if largest and conversions > settings.min_sessions:
        notes = [*notes, f"product {largest[0]} has {largest[1]:.0%} of all conversions; is its tracking right?"]
    return MiningReport(
        events=read,
        sessions=number("SELECT count(DISTINCT session) FROM events WHERE query_no IS NOT NULL"),
        queries=number("SELECT count(DISTINCT query_no) FROM events"),
        conversions=conversions,
        pairs=pairs + synthetic,
        high_quality=number("SELECT count(*) FROM mined WHERE sessions_ok AND rate_ok AND lift_ok AND category_ok"),
        synthetic=synthetic,
        filters=tuple(filters),
        propensities=looks,
        position_note=position_note,
        notes=tuple(notes),
    )


def _nothing(connection: Any, report: MiningReport, settings: PairSettings) -> str:
    if not report.events:
        return "the log has no events; load some with: aisle shop create SHOP --catalogue FILE --events FILE"
    if not report.queries:
        return f"no usable event of the log belongs to a search ({report.summary()})"
    (clicks,) = connection.execute("SELECT count(*) FROM seen WHERE clicked").fetchone()
    if not report.conversions:
        hint = f"; {clicks:,} sessions clicked: use them with --conversion click" if clicks else ""
        what = "was put into a cart or bought" if settings.conversion == "cart" else "was clicked"
        return f"nothing {what} after a search, so there is no pair ({report.summary()}){hint}"
    everywhere = next(one.dropped for one in report.filters if one.name == "everywhere")
    way_out = "look at how products are logged, or raise --most-query-share" if everywhere else "lower --min-sessions"
    noted = "".join(f"; {note}" for note in report.notes)
    return f"no pair is left ({report.summary()}); {way_out}, or add --synthetic 3{noted}"


def _stream(connection: Any, made: list[Pair]) -> Iterator[Pair]:
    rows = connection.execute("""SELECT query, product_id, rate / max(rate) OVER (PARTITION BY query_no) AS weight,
            sessions_ok AND rate_ok AND lift_ok AND category_ok AS high, shown, examined,
            clicked, converted, rate, lift, category_share
        FROM mined JOIN queries USING (query_no) ORDER BY conversions DESC, query, weight DESC, product_id""")
    while found := rows.fetchmany(_FETCHED):
        for query, product_id, weight, high, shown, examined, clicked, converted, rate, lift, share in found:
            yield Pair(
                query=query,
                product_id=product_id,
                weight=round(weight, 6),
                quality="high" if high else "noisy",
                source="events",
                shown=int(shown),
                examined=round(float(examined), 3),
                clicked=int(clicked),
                converted=int(converted),
                rate=round(rate, 6),
                lift=round(lift, 3),
                category_share=round(share, 4),
            )
    yield from made
