from __future__ import annotations

from aisle.suggest.half_typed import Usage, half_typed
from aisle.suggest.settings import MiningSettings


def unfinished(**usage: tuple[int, int]) -> set[str]:
    """Keyword (underscores for spaces) to (sessions, cart-adds)."""
    return half_typed(
        {
            key.replace("_", " "): Usage(searches=sessions, sessions=sessions, carts=carts)
            for key, (sessions, carts) in usage.items()
        },
        MiningSettings(half_typed_dominance=5, half_typed_carts=0.5),
    )


def test_a_rare_beginning_that_nobody_buys_from_is_half_typed() -> None:
    assert unfinished(iceb=(10, 0), iceberg_lettuce=(50, 25)) == {"iceb"}
    assert unfinished(vanilla_ice=(10, 1), vanilla_ice_cream=(50, 25)) == {"vanilla ice"}


def test_a_beginning_that_people_buy_from_is_a_query() -> None:
    assert unfinished(ice=(10, 3), iceberg_lettuce=(50, 25)) == set()


def test_a_beginning_that_is_not_much_rarer_is_a_query() -> None:
    assert unfinished(iceb=(11, 0), iceberg_lettuce=(50, 25)) == set()


def test_a_log_without_cart_adds_cannot_tell() -> None:
    assert unfinished(iceb=(10, 0), iceberg_lettuce=(500, 0)) == set()


def test_only_beginnings_are_meant() -> None:
    assert unfinished(lettuce=(10, 0), iceberg_lettuce=(500, 250), iceberg=(400, 0)) == set()


def test_one_continuation_among_several_is_enough() -> None:
    assert unfinished(m=(5, 0), milk=(100, 50), mild_salsa=(10, 5)) == {"m"}
