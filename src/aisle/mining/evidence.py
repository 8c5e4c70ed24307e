"""What sessions did with the products shown for their queries, counted a pair of query and product."""

from __future__ import annotations

from typing import Any

import numpy as np

from aisle.mining.intake import CART, CLICK, IMPRESSION, PURCHASE
from aisle.mining.propensity import ENOUGH, estimate_propensities
from aisle.mining.report import FilterCount
from aisle.mining.settings import PairSettings

_DEEPEST = 100
"""Places told apart; deeper ones count as this one."""
_PAIRS_COMPARED = 200_000
"""Most-seen pairs that the propensities are estimated from, so that memory stays bounded."""
_SEEN_FROM = 10


def gather(connection: Any, settings: PairSettings) -> list[FilterCount]:
    """The table `seen`: one row for each session, query and product, with what was done; what was left out."""
    converting = f"code IN ({CART}, {PURCHASE})" if settings.conversion == "cart" else f"code > {IMPRESSION}"
    led, alone = connection.execute(
        f"""SELECT count(*) FILTER (query_no IS NOT NULL), count(*) FILTER (query_no IS NULL)
        FROM events WHERE {converting}"""
    ).fetchone()
    connection.execute(f"""CREATE TABLE seen AS
        SELECT session, query_no, product_no, bool_or(code = {IMPRESSION}) AS shown,
            least(min(position) FILTER (code = {IMPRESSION}), {_DEEPEST}) AS place,
            bool_or(code = {CLICK}) AS clicked, bool_or({converting}) AS converted
        FROM events WHERE query_no IS NOT NULL AND product_no IS NOT NULL GROUP BY ALL""")
    unshown = _drop_unshown(connection) if settings.must_be_shown and led else 0
    return [
        FilterCount(name="led by no search", of="conversion events", dropped=alone,
                    why="no query, and no search with its query_id; they count for how usual a product is"),
        FilterCount(name="not shown", of="conversions", dropped=unshown,
                    why="the product was not among the results that the session was shown for the query"),
    ]  # fmt: skip


def _drop_unshown(connection: Any) -> int:
    # Only where the log says what the session was shown for the query can it say that something was not.
    connection.execute("""CREATE TABLE unshown AS
        SELECT session, query_no, product_no FROM seen
        SEMI JOIN (
            SELECT DISTINCT session, query_no FROM seen
            SEMI JOIN (SELECT session, query_no FROM seen WHERE converted AND NOT shown) USING (session, query_no)
            WHERE shown
        ) AS logged USING (session, query_no)
        WHERE converted AND NOT shown""")
    (count,) = connection.execute("SELECT count(*) FROM unshown").fetchone()
    if count:
        connection.execute(
            "CREATE TABLE kept AS SELECT * FROM seen ANTI JOIN unshown USING (session, query_no, product_no)"
        )
        connection.execute("DROP TABLE seen; ALTER TABLE kept RENAME TO seen")
    connection.execute("DROP TABLE unshown")
    return int(count)


def propensities(connection: Any) -> tuple[tuple[float, ...], str]:
    """Fill the table `looks` (place, look), and say how it came about."""
    connection.execute("""CREATE TABLE places AS
        SELECT query_no, product_no, place, count(*) AS seen, count(*) FILTER (clicked OR converted) AS engaged
        FROM seen WHERE shown AND place IS NOT NULL GROUP BY ALL""")
    rows = connection.execute(f"""
        WITH compared AS (
            SELECT query_no, product_no, row_number() OVER () - 1 AS pair FROM places
            GROUP BY query_no, product_no HAVING count(*) > 1 AND sum(seen) >= {_SEEN_FROM} AND sum(engaged) > 0
            ORDER BY sum(seen) DESC, query_no, product_no LIMIT {_PAIRS_COMPARED}
        )
        SELECT pair, place, seen, engaged FROM places JOIN compared USING (query_no, product_no)""").fetchnumpy()
    (deepest,) = connection.execute("SELECT coalesce(max(place), 0) FROM places").fetchone()
    connection.execute("DROP TABLE places; CREATE TABLE looks (place SMALLINT, look DOUBLE)")
    if not deepest:
        return (), "not estimated: the log has no impressions with positions; rates are by session and not corrected"
    compared = len(np.unique(rows["pair"]))
    arrays = [np.asarray(rows[name]).astype(np.int64) for name in ("pair", "place", "seen", "engaged")]
    if len(arrays[0]):
        arrays[0] = np.unique(arrays[0], return_inverse=True)[1]
    look_K = estimate_propensities(arrays[0], arrays[1], arrays[2], arrays[3])
    if look_K is None:
        connection.execute("INSERT INTO looks SELECT i, 1.0 FROM range(1, ?) AS places(i)", [deepest + 1])
        return (), (
            f"not estimated: {compared} pairs were shown at several places, but no two places have {ENOUGH} "
            "engagements; every place counts as looked at"
        )
    look_K = np.minimum(np.concatenate([look_K, np.full(max(0, deepest - len(look_K)), look_K[-1])]), 1.0)
    values = {"place": np.arange(1, len(look_K) + 1, dtype=np.int32), "look": look_K}  # noqa: F841
    connection.execute("INSERT INTO looks SELECT place, look FROM values")
    note = f"estimated from {compared:,} pairs that were shown at several places"
    return tuple(round(float(look), 4) for look in look_K), note
