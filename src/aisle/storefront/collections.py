"""What builds made in engines elsewhere, written down before it is made: no killed build leaves what nobody knows of.

collections.jsonl   one line each: the URI, and the name of the collection there
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from aisle.engines.address import parse_address
from aisle.engines.opening import drop_collection
from aisle.engines.record import RECORD_FILE, Record
from aisle.errors import AwayError
from aisle.files.atomic import write_atomic
from aisle.shop.versions import Version

COLLECTIONS_FILE = "collections.jsonl"


def note_collection(shop: Path, uri: str) -> str:
    """A new name for a collection that a build is about to make; empty for an index that needs none."""
    address = parse_address(uri)
    if address.engine == "local":
        return ""
    name = f"{address.collection}_{secrets.token_hex(4)}"
    _write(shop, [*_noted(shop), (uri, name)])
    return name


def forget_collections(shop: Path, versions: list[Version]) -> list[str]:
    """Delete the collections that none of these versions needs. Those that could not be deleted now, with the reason:
    they stay noted, and the next build tries again."""
    noted = _noted(shop)
    if not noted:
        return []
    kept = {
        Record.read(version.directory).collection for version in versions if (version.directory / RECORD_FILE).exists()
    }
    left: list[tuple[str, str]] = []
    problems: list[str] = []
    for uri, name in noted:
        if name in kept:
            left.append((uri, name))
            continue
        try:
            drop_collection(uri, name)
        except AwayError as error:
            left.append((uri, name))
            problems.append(f"collection {name} could not be deleted: {error}")
    _write(shop, left)
    return problems


def _noted(shop: Path) -> list[tuple[str, str]]:
    path = shop / COLLECTIONS_FILE
    if not path.exists():
        return []
    return [(line["uri"], line["collection"]) for line in map(json.loads, path.read_text("utf-8").splitlines())]


def _write(shop: Path, noted: list[tuple[str, str]]) -> None:
    lines = [json.dumps({"uri": uri, "collection": name}) + "\n" for uri, name in noted]
    write_atomic(shop / COLLECTIONS_FILE, "".join(lines))
