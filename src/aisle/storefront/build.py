"""One build: from the ledger to a version that is checked and live."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from aisle import __version__
from aisle.errors import UserError
from aisle.progress import Progress, silent
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.sentence.towers import Towers
from aisle.shop.ledger import Ledger
from aisle.shop.versions import Version, Versions
from aisle.storefront.encoders import forget_encoders, keep_encoder
from aisle.storefront.settings import BuildSettings
from aisle.storefront.vectors import embed_products
from aisle.suggest.index import SuggestIndex
from aisle.suggest.lists import Lists
from aisle.suggest.making import load_threshold, make_suggestions, read_log
from aisle.suggest.settings import MiningSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildReport:
    """What a build made."""

    version: int
    """Number of the version that is now live."""
    products: int
    """Products in it."""
    suggestions: int
    """Candidates for auto-complete in it."""
    suggestions_dropped: dict[str, int]
    """Reason to number of queries and phrases that were not made candidates."""
    suggestions_learned_from: int
    """Choices in the log that their order was learned from; 0: they are ranked by popularity alone."""
    suggestions_compared: int
    """Candidates compared by meaning, so that no two say the same; the others are compared by their words."""
    encoder: str
    """Name of the encoder, or `none`."""
    embedded: int
    """Product texts that went through the encoder."""
    reused: int
    """Product vectors taken over from the version before."""
    truncated: int
    """Product texts longer than the encoder reads."""
    seconds: float
    """From start to swap."""


def build(shop: Path, ledger_path: Path, settings: BuildSettings, progress: Progress = silent) -> BuildReport:
    """Build a version beside the live one, open it once to check it, and take it live by one atomic swap."""
    started = time.perf_counter()
    versions = Versions(shop)
    encoder = None if settings.encoder == "none" else Towers.load(settings.encoder)
    mining = MiningSettings(min_sessions=settings.min_sessions)
    with versions.begin() as staging:
        with Ledger.open(ledger_path, read_only=True) as ledger, ledger.snapshot():
            revision = ledger.revision()
            products = list(ledger.products())
            log = read_log(ledger, mining)
        if not products:
            raise UserError(f"{shop} has no products; load a catalogue with: aisle shop create SHOP --catalogue FILE")
        progress("read the ledger", len(products), len(products))
        embedded = before = None
        if encoder is not None:
            keep_encoder(shop, encoder)
            before = _version_of(versions.live(), encoder)
            embedded = embed_products(products, encoder, staging.directory, before, progress)
        progress("index", 0, len(products))
        build_search(staging.directory, products, None if embedded is None else embedded.vectors_ND)
        progress("index", len(products), len(products))
        made = make_suggestions(
            staging.directory,
            products,
            log,
            mining=mining,
            duplicates=load_threshold(shop),
            lists=Lists.load(shop),
            encode=None if encoder is None else encoder.queries.encode,
            before=before,
            progress=progress,
        )
        _check(staging.directory, len(products), len(made.candidates))
        number = staging.publish(
            {
                "products": len(products),
                "suggestions": len(made.candidates),
                "suggestion_choices": made.choices,
                "suggestion_twins": made.twins,
                "revision": revision,
                "encoder": "none" if encoder is None else encoder.name,
                "encoder_fingerprint": "" if encoder is None else encoder.fingerprint,
                "precision": "" if encoder is None else encoder.products.engine.precision,
                "aisle": __version__,
            }
        )
        # Still under the build lock, so that no other build takes away what this one counts on.
        versions.prune(settings.keep_versions)
        forget_encoders(shop, {str(version.manifest.facts["encoder_fingerprint"]) for version in versions.all()})
    return BuildReport(
        version=number,
        products=len(products),
        suggestions=len(made.candidates),
        suggestions_dropped=made.dropped,
        suggestions_learned_from=made.choices,
        suggestions_compared=made.compared,
        encoder="none" if encoder is None else encoder.name,
        embedded=0 if embedded is None else embedded.computed,
        reused=0 if embedded is None else embedded.reused,
        truncated=0 if embedded is None else embedded.truncated,
        seconds=time.perf_counter() - started,
    )


def _version_of(live: Version | None, encoder: Towers) -> Path | None:
    if live is None or live.manifest.facts.get("encoder_fingerprint") != encoder.fingerprint:
        return None
    return live.directory


def _check(directory: Path, products: int, candidates: int) -> None:
    # A version is opened as serving will open it before anybody can see it.
    index = SearchIndex.open(directory)
    assert len(index) == products, f"the index holds {len(index)} of {products} products"
    suggestions = SuggestIndex.open(directory)
    assert len(suggestions) <= candidates, f"the suggestions hold {len(suggestions)} of {candidates} candidates"
