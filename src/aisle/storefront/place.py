"""Where a shop's ledger lies: in its directory, or in a database that several machines share."""

from __future__ import annotations

import json
from pathlib import Path

from aisle.errors import UserError
from aisle.shop.ledger import LEDGER_FILE, Ledger
from aisle.shop.postgres import ledger_exists
from aisle.shop.postgres_address import is_postgres

ABOUT_FILE = "shop.json"


def ledger_place(shop: Path) -> str | Path:
    """What `Ledger.open` is given for a shop: a path, or a `postgresql:` URI."""
    return place_of(shop, str(json.loads((shop / ABOUT_FILE).read_text()).get("ledger", "")))


def place_of(shop: Path, ledger: str) -> str | Path:
    """The place that `--ledger` names; the shop's own file where it names none. Raises `UserError` for another URI."""
    if not ledger:
        return shop / LEDGER_FILE
    if not is_postgres(ledger):
        raise UserError(
            f"ledger {ledger[:200]!r}: a ledger outside the shop is postgresql://USER@HOST/DATABASE?schema=NAME"
        )
    return ledger


def make_ledger(place: str | Path) -> None:
    """An empty ledger, unless there is one: a second machine joins the first one's."""
    there = place.exists() if isinstance(place, Path) else ledger_exists(place)
    if not there:
        Ledger.create(place).close()
