"""Sessions that no shopper made."""

from __future__ import annotations

from typing import Any

from aisle.mining.intake import CART, CLICK, SEARCH
from aisle.mining.report import FilterCount
from aisle.mining.settings import PairSettings


def drop_programs(connection: Any, settings: PairSettings) -> list[FilterCount]:
    """Take the events of programs out of `events`."""
    acts = f"code IN ({SEARCH}, {CLICK}, {CART})"
    connection.execute(f"""CREATE TABLE programs AS
        SELECT session, count(*) FILTER (code = {SEARCH}) > {settings.most_searches} AS many FROM events
        GROUP BY session
        HAVING many OR (count(*) FILTER ({acts}) >= {settings.rate_from}
            AND (count(*) FILTER ({acts}) - 1) * 60000.0
                > {settings.most_actions_a_minute}
                    * greatest(max(moment) FILTER ({acts}) - min(moment) FILTER ({acts}), 1))""")
    many, fast = connection.execute(
        "SELECT count(*) FILTER (many), count(*) FILTER (NOT many) FROM programs"
    ).fetchone()
    (events,) = connection.execute("SELECT count(*) FROM events SEMI JOIN programs USING (session)").fetchone()
    if events:
        connection.execute("CREATE TABLE kept AS SELECT * FROM events ANTI JOIN programs USING (session)")
        connection.execute("DROP TABLE events; ALTER TABLE kept RENAME TO events")
    connection.execute("DROP TABLE programs")
    rate = f"more than {settings.most_actions_a_minute:g} searches, clicks and cart-adds a minute over at least "
    return [
        FilterCount(
            name="program: many", of="sessions", dropped=many, why=f"more than {settings.most_searches} searches"
        ),
        FilterCount(name="program: fast", of="sessions", dropped=fast, why=f"{rate}{settings.rate_from}"),
        FilterCount(name="of programs", of="events", dropped=events, why="all events of those sessions"),
    ]
