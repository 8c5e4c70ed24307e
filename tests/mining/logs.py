"""Small logs with a known meaning."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aisle.shop.event import Event
from aisle.shop.product import Product

TIME = "2025-03-01T12:00:00Z"


def product(product_id: str, title: str, category: tuple[str, ...] = (), **fields: Any) -> Product:
    return Product(product_id=product_id, title=title, category=category, **fields)


CITRUS, FRUIT, BERRIES = ("Produce", "Citrus"), ("Produce", "Tropical Fruit"), ("Produce", "Berries")
SHELF = [
    product("O1", "Navel Oranges", CITRUS, brand="Sunny"),
    product("O2", "Blood Oranges", CITRUS),
    product("C1", "Clementines", CITRUS),
    product("M1", "Mandarins", CITRUS),
    product("B1", "Bananas", FRUIT),
    product("S1", "Strawberries", BERRIES),
    product("K1", "Whole Milk", ("Dairy", "Milk")),
]


def visit(
    session: str,
    query: str,
    shown: Iterable[str] = (),
    carted: Iterable[str] = (),
    clicked: Iterable[str] = (),
    *,
    start: int = 0,
) -> list[Event]:
    """One search of one session: what was shown, clicked and carted, a few seconds apart."""
    query_id = f"{session}-{query}"
    shown = list(shown)
    actions = [("search", "", None)]
    actions += [("impression", product_id, place) for place, product_id in enumerate(shown, 1)]
    for action, ids in (("click", clicked), ("add_to_cart", carted)):
        actions += [(action, one, shown.index(one) + 1 if one in shown else None) for one in ids]
    return [
        Event(
            action=action,
            timestamp=f"2025-03-01T12:{(start + 5 * at) // 60 % 60:02d}:{(start + 5 * at) % 60:02d}Z",
            session_id=session,
            query=query,
            query_id=query_id,
            product_id=product_id,
            position=place,
        )
        for at, (action, product_id, place) in enumerate(actions)
    ]


def write_flat(path: Path, events: Iterable[Event]) -> Path:
    """A flat log in JSON Lines."""
    rows = ({name: getattr(event, name) for name in Event.__dataclass_fields__} for event in events)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def oranges() -> list[Event]:
    """Forty sessions look for oranges, sixty for other things; bananas go into every other cart whatever the query."""
    events: list[Event] = []
    citrus = ("O1", "O1", "O1", "O2", "C1", "C1", "M1", "O1")
    shown = ["O1", "O2", "C1", "M1", "B1", "S1"]
    for number in range(40):
        carted = [citrus[number % 8]] + (["B1"] if number % 2 else []) + (["S1"] if number % 8 == 0 else [])
        events += visit(f"o{number}", "oranges", shown, carted, carted[:1])
    for number in range(30):
        events += visit(f"b{number}", "bananas", ["B1", "S1"], ["B1"])
        events += visit(f"m{number}", "milk", ["K1", "B1", "S1"], ["K1", *(["B1"] if number % 2 else ["S1"])])
    return events
