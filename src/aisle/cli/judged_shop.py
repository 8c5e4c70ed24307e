"""The shop that a command builds from a catalogue alone, to search it for judged queries."""

from __future__ import annotations

from pathlib import Path

from aisle.cli.output import notices
from aisle.errors import UserError
from aisle.progress import Progress
from aisle.sentence.towers import Towers
from aisle.shop.catalogue import read_catalogue
from aisle.shop.mapping import load_column_map
from aisle.storefront.loading import load_catalogue
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


def judged_shop(path: Path, catalogue: Path | None, mapping: Path | None, encoder: str, progress: Progress) -> Shop:
    """A shop at `path` that holds the catalogue, built with the encoder; one that is there already is used again.

    Without a catalogue, the shop that is there, as it is.

    Raises
        UserError: there is neither a catalogue nor a shop; or the shop has a log, so it is somebody's, and another
            encoder is live in it.
    """
    shop = Shop.open(path) if catalogue is None else Shop.create(path)
    other = encoder not in ("", "none") and shop.version and Towers.load(encoder).fingerprint != shop.fingerprint
    if other and (catalogue is None or shop.ledger.count_events()):
        shop.close()
        raise UserError(
            f"{path} is live with another encoder than {encoder}; leave --encoder out to measure the live one, or "
            "--shop to measure this one in a shop of its own"
        )
    if catalogue is None:
        return shop
    columns = None if mapping is None else load_column_map(mapping)
    report = load_catalogue(shop, read_catalogue(catalogue, columns), False, progress)
    if shop.version is None or other or shop.status().changes_since_build:
        shop.build(BuildSettings(encoder=encoder), progress)
    if report["rejected"]:
        notices.print(f"{report['rejected']} rows of the catalogue could not be used and were left out")
    return shop
