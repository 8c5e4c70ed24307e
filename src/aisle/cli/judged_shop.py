"""The shop that a command builds from a catalogue alone, to search it for judged queries."""

from __future__ import annotations

from pathlib import Path

from aisle.cli.output import notices
from aisle.progress import Progress
from aisle.shop.catalogue import read_catalogue
from aisle.shop.mapping import load_column_map
from aisle.storefront.loading import load_catalogue
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


def judged_shop(path: Path, catalogue: Path, mapping: Path | None, encoder: str, progress: Progress) -> Shop:
    """A shop at `path` that holds the catalogue, built with the encoder; one that is there already is used again."""
    shop = Shop.create(path)
    report = load_catalogue(
        shop, read_catalogue(catalogue, None if mapping is None else load_column_map(mapping)), False, progress
    )
    if shop.version is None or shop.status().changes_since_build:
        shop.build(BuildSettings(encoder=encoder), progress)
    if report["rejected"]:
        notices.print(f"{report['rejected']} rows of the catalogue could not be used and were left out")
    return shop
