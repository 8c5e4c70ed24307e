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


def judged_shop(
    path: Path,
    catalogue: Path | None,
    mapping: Path | None,
    encoder: str,
    progress: Progress,
    *,
    scratch: Path | None = None,
) -> Shop:
    """A shop at `path` that holds the catalogue, built with the encoder; one that is there already is used again.

    Without a catalogue, the shop that is there, as it is; if another encoder is live in it, a copy of its catalogue,
    built in the empty directory `scratch`.

    Raises
        UserError: there is neither a catalogue nor a shop; or the shop has a log, so it is somebody's, another
            encoder is live in it, and a catalogue is to be loaded into it or there is no `scratch`.
    """
    shop = Shop.open(path) if catalogue is None else Shop.create(path)
    other = encoder not in ("", "none") and shop.version and Towers.load(encoder).fingerprint != shop.fingerprint
    if other and catalogue is None and scratch is not None:
        with shop:
            copy = Shop.create(scratch)
            copy.put_products(shop.ledger.products())
        copy.build(BuildSettings(encoder=encoder), progress)
        notices.print(
            f"another encoder than {encoder} is live in {path}: searched is a copy of its catalogue, without log and "
            "ranker; the shop stays as it is",
            markup=False,
        )
        return copy
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
