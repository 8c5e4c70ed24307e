"""Mining pairs from a large log: minutes, peak memory, and whether what the log was made from is found again.

    python -m benchmarks.pairs [--events 50] [--format parquet|csv|jsonl] [--memory-mb 1000] [--scratch DIR]

The log is simulated by DuckDB (making it is not measured): each search shows twelve products, the place k is looked at
with probability k ** -0.7, what is looked at is clicked and carted by a rate of its own for each query and product,
some cart-adds come with something that was also needed, and one session in two hundred is a program. Mining runs in a
process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

PRODUCTS, QUERIES, PAGE, SHARDS, DECAY = 100_000, 200_000, 12, 10, 0.7
EVENTS_A_SEARCH = 13.45

# Random but repeatable numbers between 0 and 1.
CHANCE = "(hash({}) % 1000003) / 1000003.0"


def make_log(folder: Path, millions: float, kind: str) -> int:
    """Write the shards of a log of about so many million events; how many there are."""
    searches = int(millions * 1e6 / EVENTS_A_SEARCH / SHARDS)
    options = {"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json"}[kind]
    total = 0
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET threads = 2; SET memory_limit = '2GB'; SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = '{folder}/spilled'")
        for shard in range(SHARDS):
            first = shard * searches
            connection.execute(f"""CREATE OR REPLACE TABLE shown AS
                WITH asked AS (
                    SELECT i, i // 3 AS session, {CHANCE.format("i // 3, 'bot'")} < 0.005 AS program,
                        CAST(floor(exp({CHANCE.format("i, 'q'")} * ln({QUERIES}))) AS INTEGER) AS query_no
                    FROM range({first}, {first + searches}) AS numbers(i)
                )
                SELECT i, session, program, query_no, place,
                    -- The ranking differs a little from store to store, so that products change places.
                    hash(query_no, (place + (i % 4) * 5) % {PAGE}) % {PRODUCTS} AS product_no,
                    {CHANCE.format("i, place, 'look'")} < place ** -{DECAY} AS looked
                FROM asked, range(1, {PAGE + 1}) AS places(place)""")
            connection.execute(f"""CREATE OR REPLACE TABLE log AS
                WITH acted AS (
                    SELECT *, program OR looked AND {CHANCE.format("i, place, 'click'")} < 0.05 + 0.4
                        * {CHANCE.format("query_no, product_no, 'appeal'")} AS clicked FROM shown
                ), events AS (
                    SELECT DISTINCT i, session, program, query_no, 'search' AS action, 0 AS place,
                        NULL AS product_no, 0 AS step FROM acted
                    UNION ALL
                    SELECT i, session, program, query_no, 'impression', place, product_no, 1 FROM acted
                    UNION ALL
                    SELECT i, session, program, query_no, 'click', place, product_no, 2 + place FROM acted WHERE clicked
                    UNION ALL
                    SELECT i, session, program, query_no, 'add_to_cart', place, product_no, 20 + place FROM acted
                        WHERE clicked AND NOT program AND {CHANCE.format("i, place, 'cart'")} < 0.5
                    UNION ALL
                    SELECT i, session, program, query_no, 'add_to_cart', NULL, hash(i, 'also') % 50, 50 FROM acted
                        WHERE place = 1 AND NOT program AND {CHANCE.format("i, 'also'")} < 0.06
                )
                SELECT action, strftime(make_timestamp(CAST(1730000000000000
                        + (CASE WHEN program THEN session * 20000 + i % 3 * 400 + step * 20
                            ELSE session * 20000 + (i % 3) * 120000 + step * 4000 END) * 1000 AS BIGINT)),
                        '%Y-%m-%dT%H:%M:%SZ') AS timestamp,
                    's' || session AS session_id, 'query number ' || query_no AS query,
                    'P' || product_no AS product_id, nullif(place, 0) AS position
                FROM events""")
            (rows,) = connection.execute("SELECT count(*) FROM log").fetchone() or (0,)
            total += rows
            connection.execute(f"COPY log TO '{folder}/log-{shard}.{kind}' ({options})")
    return total


def mine(folder: Path, memory_mb: int) -> None:
    """Mine the shards, as a process of its own; prints what it cost as JSON."""
    from aisle.mining.pairs import mining
    from aisle.mining.settings import PairSettings
    from aisle.shop.product import Product

    products = (
        Product(product_id=f"P{number}", title=f"product {number}", category=("All", f"Aisle {number % 400}"))
        for number in range(PRODUCTS)
    )
    started = time.perf_counter()
    logs = sorted(folder.glob("log-*"))
    with mining(logs, products, scratch=folder, settings=PairSettings(memory_mb=memory_mb)) as (pairs, report):
        streamed = sum(1 for _ in pairs)
        size = sum(path.stat().st_size for path in folder.rglob(".mining-*/**/*") if path.is_file())
    facts = report.as_dict() | {"minutes": (time.perf_counter() - started) / 60, "streamed": streamed, "scratch": size}
    facts["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(facts))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=float, default=50, help="millions of events")
    options.add_argument("--format", choices=("parquet", "csv", "jsonl"), default="parquet")
    options.add_argument("--memory-mb", type=int, default=1000)
    options.add_argument("--scratch", type=Path, help="directory with room for the log and as much again")
    options.add_argument("--mine", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.mine:
        mine(given.mine, given.memory_mb)
        return
    console = Console()
    with tempfile.TemporaryDirectory(dir=given.scratch) as name:
        folder = Path(name)
        events = make_log(folder, given.events, given.format)
        size = sum(path.stat().st_size for path in folder.glob("log-*"))
        command = [sys.executable, "-m", "benchmarks.pairs", "--mine", name, "--memory-mb", str(given.memory_mb)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        facts = json.loads(done.stdout)
    table = Table("", "", title=f"{events:,} simulated events, {given.format}, {size / 1e9:.2f} GB")
    for key in ("minutes", "peak_mb", "scratch", "sessions", "queries", "conversions", "pairs", "high_quality"):
        table.add_row(key, f"{facts[key]:,.2f}" if isinstance(facts[key], float) else f"{facts[key]:,}")
    for one in facts["filters"]:
        if one["dropped"]:
            table.add_row(f"dropped: {one['name']}", f"{one['dropped']:,} {one['of']} ({one['stage']})")
    looks = ", ".join(f"{look:.2f}/{place**-DECAY:.2f}" for place, look in enumerate(facts["propensities"], 1))
    table.add_row("looked at, found/true", looks)
    console.print(table)


if __name__ == "__main__":
    main()
