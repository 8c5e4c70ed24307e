"""From counts to pairs: rates with the place taken out, and which pairs were carted because they were looked for.

A shopper who looks for oranges also carts bananas. Clementines and mandarins are put into the cart much more often
after this query than overall, and so is their category; bananas are put into the cart with everything: their lift is
near 1.
"""

from __future__ import annotations

from typing import Any

from aisle.mining.intake import CART, IMPRESSION, PURCHASE
from aisle.mining.report import FilterCount
from aisle.mining.settings import PairSettings

_FEWEST_QUERIES = 50
"""With fewer queries that led to anything, a share of them says nothing."""


def rate_pairs(connection: Any, settings: PairSettings) -> list[FilterCount]:
    """The table `mined`, one row for each pair; what was dropped or set back."""
    _count_pairs(connection, settings)
    _count_usual(connection, settings)
    (few,) = connection.execute("SELECT count(*) FROM counted WHERE converted < ?", [settings.min_sessions]).fetchone()
    prior = settings.prior
    connection.execute(f"""CREATE TABLE mined AS
        WITH average AS (SELECT sum(converted) / greatest(sum(examined), 1) AS rate FROM every_pair),
        asked AS (SELECT query_no, sum(converted) AS conversions FROM counted GROUP BY 1),
        by_category AS (
            SELECT query_no, category, sum(converted) AS converted
            FROM counted JOIN products USING (product_no) GROUP BY ALL
        ), rated AS (
            SELECT counted.*, products.product_id, asked.conversions,
                (counted.converted + {prior} * average.rate) / (examined + {prior}) AS rate,
                ((counted.converted + {prior} * usual.share) / (conversions + {prior})) / usual.share AS lift,
                by_category.converted / conversions AS category_share,
                ((by_category.converted + {prior} * kind.share) / (conversions + {prior})) / kind.share
                    AS category_lift,
                products.category <> '' AS has_category
            FROM counted JOIN products USING (product_no) JOIN asked USING (query_no)
            JOIN usual USING (product_no) JOIN by_category USING (query_no, category)
            JOIN usual_category AS kind USING (category), average
            WHERE counted.converted >= {settings.min_sessions}
        )
        SELECT *, converted >= {settings.high_sessions} AS sessions_ok,
            rate >= {settings.min_rate} AS rate_ok, lift >= {settings.min_lift} AS lift_ok,
            NOT has_category
                OR (category_lift >= {settings.min_lift} AND category_share >= {settings.min_category_share})
                AS category_ok
        FROM rated""")
    everywhere = _drop_everywhere(connection, settings)
    once, rare, usual, elsewhere = connection.execute("""SELECT count(*) FILTER (NOT sessions_ok),
        count(*) FILTER (sessions_ok AND NOT rate_ok), count(*) FILTER (sessions_ok AND rate_ok AND NOT lift_ok),
        count(*) FILTER (sessions_ok AND rate_ok AND lift_ok AND NOT category_ok)
        FROM mined""").fetchone()
    lift = f"converts less than {settings.min_lift:g} times as often after the query as overall"
    share = f"has less than {settings.min_category_share:.0%} of the query's conversions"
    return [
        FilterCount(name="few sessions", of="pairs", dropped=few,
                    why=f"fewer than {settings.min_sessions} sessions converted"),
        FilterCount(name="everywhere", of="pairs", dropped=everywhere,
                    why=f"the product converts after more than {settings.most_query_share:.0%} of all queries, and "
                        f"{lift.removeprefix('converts ')}"),
        FilterCount(name="too few to be sure", of="pairs", dropped=once, stage="high",
                    why=f"fewer than {settings.high_sessions} sessions converted"),
        FilterCount(name="low rate", of="pairs", dropped=rare, stage="high",
                    why=f"fewer than {settings.min_rate:g} conversions an examination, smoothed"),
        FilterCount(name="also needed: product", of="pairs", dropped=usual, stage="high", why=f"the product {lift}"),
        FilterCount(name="also needed: category", of="pairs", dropped=elsewhere, stage="high",
                    why=f"the product's category {lift}, or {share}"),
    ]  # fmt: skip


def _drop_everywhere(connection: Any, settings: PairSettings) -> int:
    """Take out of `mined` what converts whatever was asked for, but for the queries that it answers; how many pairs.

    Such a product would teach that everything is near it, and a ranker and the gate would be measured by it.
    """
    (queries,) = connection.execute("SELECT count(DISTINCT query_no) FROM counted").fetchone()
    if queries < _FEWEST_QUERIES:
        return 0
    connection.execute(
        "CREATE TABLE everywhere AS SELECT product_no FROM counted GROUP BY 1 HAVING count(*) > ?",
        [settings.most_query_share * queries],
    )
    condition = "NOT lift_ok AND product_no IN (SELECT product_no FROM everywhere)"
    (dropped,) = connection.execute(f"SELECT count(*) FROM mined WHERE {condition}").fetchone()
    connection.execute(f"DELETE FROM mined WHERE {condition}")
    return int(dropped)


def _count_pairs(connection: Any, settings: PairSettings) -> None:
    # A product of which nothing says that it was shown was there for as many sessions as asked the query.
    connection.execute("""CREATE TABLE every_pair AS
        WITH sessions AS (
            SELECT query_no, count(DISTINCT session) AS sessions FROM events WHERE query_no IS NOT NULL GROUP BY 1
        ), summed AS (
            SELECT query_no, product_no, count(*) FILTER (shown) AS shown, count(*) FILTER (clicked) AS clicked,
                count(*) FILTER (converted) AS converted, coalesce(sum(coalesce(look, 1)) FILTER (shown), 0) AS looks
            FROM seen LEFT JOIN looks USING (place) GROUP BY ALL
        )
        SELECT query_no, product_no, shown, clicked, converted,
            greatest(CASE WHEN shown > 0 THEN looks ELSE sessions END, converted) AS examined
        FROM summed JOIN sessions USING (query_no)""")
    connection.execute("CREATE TABLE counted AS SELECT * FROM every_pair WHERE converted > 0")


def _count_usual(connection: Any, settings: PairSettings) -> None:
    """How large a share of all conversions each product and each category has, whatever led to them."""
    converting = f"code IN ({CART}, {PURCHASE})" if settings.conversion == "cart" else f"code > {IMPRESSION}"
    connection.execute(f"""CREATE TABLE usual AS
        WITH alone AS (
            SELECT product_no, count(DISTINCT session) AS converted FROM events
            WHERE query_no IS NULL AND product_no IS NOT NULL AND {converting} GROUP BY 1
        ), every AS (
            SELECT product_no, converted FROM alone
            UNION ALL SELECT product_no, sum(converted) FROM counted GROUP BY 1
        ), totals AS (SELECT product_no, sum(converted) AS converted FROM every GROUP BY 1)
        SELECT product_no, converted, converted / (SELECT sum(converted) FROM totals) AS share FROM totals""")
    connection.execute("""CREATE TABLE usual_category AS
        SELECT category, sum(share) AS share FROM usual JOIN products USING (product_no) GROUP BY 1""")
