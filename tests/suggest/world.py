"""A small shop with a log, for tests that need one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from aisle.shop.event import Event
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product

BRANDS = ("Fernwood", "Oakley Dairy")


def product(number: int, title: str, *category: str, **more: object) -> Product:
    return Product(product_id=str(number), title=title, category=category, **more)  # type: ignore[arg-type]


PRODUCTS = (
    product(1, "Fernwood Whole Milk", "Dairy", "Milk", brand="Fernwood", attributes=("organic",), image="box-1"),
    product(2, "Oakley Dairy Whole Milk", "Dairy", "Milk", brand="Oakley Dairy", stores=("north",), image="box-2"),
    product(3, "Oat Milk", "Dairy", "Milk", attributes=("organic", "size: 1 gal"), stores=("north", "south")),
    product(4, "Fernwood Chocolate Milk", "Dairy", "Milk", brand="Fernwood"),
    product(5, "Dark Chocolate Bar", "Sweets", "Chocolate", stores=("south",)),
    product(6, "Milk Chocolate Bar", "Sweets", "Chocolate"),
    product(7, "Sliced Ham", "Deli", "Cold Cuts", image="ham-1"),
    product(8, "Smoked Turkey", "Deli", "Cold Cuts", in_stock=False),
    product(9, "Spaghetti", "Pasta", "Pasta"),
    product(10, "Tomato Sauce", "Pasta", "Sauce"),
    product(11, "Apple Sauce", "Fruit", "Apple Sauce"),
)


def event(action: str, session: str, second: int, **more: object) -> Event:
    stamp = f"2025-06-{1 + second // 86_400:02d}T{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
    return Event(action=action, timestamp=stamp, session_id=session, **more)  # type: ignore[arg-type]


def visits(sessions: int = 400) -> Iterator[Event]:
    """People search for one thing, put it into the cart, and often search for what goes with it.

    Of two suggestions for "mi" they tap "milk chocolate", wherever it stands, though "milk" is searched for more.
    """
    chance = Random(3)
    wanted = {
        "milk": "3",
        "whole milk": "1",
        "spaghetti": "9",
        "chocolate": "5",
        "lunch meat": "7",
        "milk chocolate": "6",
    }
    queries = list(wanted)
    for number in range(sessions):
        session, at = f"s{number}", number * 3000
        query = queries[min(int(chance.expovariate(0.7)), len(queries) - 1)]
        if number % 3 == 0 or query == "milk":
            yield event("typed", session, at, prefix="mi")
            shown = ("milk", "milk chocolate") if number % 2 else ("milk chocolate", "milk")
            for place, text in enumerate(shown, 1):
                yield event("suggestion_shown", session, at, query=text, prefix="mi", position=place)
            if number % 6 < 2:
                query = "milk chocolate"
                place = shown.index(query) + 1
                yield event("suggestion_tapped", session, at + 1, query=query, prefix="mi", position=place)
        store = ("north", "south")[number % 2]
        yield event("search", session, at + 2, query=query, query_id=f"q{number}", store=store)
        yield event("add_to_cart", session, at + 9, query_id=f"q{number}", product_id=wanted[query], store=store)
        goes_with = {"spaghetti": "tomato sauce", "chocolate": "whole milk", "whole milk": "chocolate"}
        if query in goes_with:
            yield event("search", session, at + 60, query=goes_with[query], query_id=f"r{number}", store=store)


def ledger(path: Path, *more: Event) -> Ledger:
    made = Ledger.create(path)
    made.upsert_products(PRODUCTS)
    made.add_events([*visits(), *more])
    return made
