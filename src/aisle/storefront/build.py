"""One build: from the ledger to a version that is checked and live."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from aisle import __version__
from aisle.engines.address import parse_address
from aisle.engines.opening import open_index, open_search
from aisle.errors import UserError
from aisle.mining.pair import Pair
from aisle.progress import Progress, silent
from aisle.ranking.model import RANKER_FILE, Ranker
from aisle.search.cutoff import Cutoff
from aisle.sentence.towers import Towers
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
from aisle.shop.versions import Version, Versions
from aisle.storefront.collections import forget_collections, note_collection
from aisle.storefront.encoders import encoder_directory, forget_encoders, keep_encoder
from aisle.storefront.gate import Contender, GateReport, compare, refuse
from aisle.storefront.golden import GoldenReport, check_golden, load_golden, refuse_golden
from aisle.storefront.opened import OpenedVersion
from aisle.storefront.query_vectors import build_query_vectors
from aisle.storefront.ranker_choice import RankerChoice, choose_ranker
from aisle.storefront.reading import as_read
from aisle.storefront.settings import BuildSettings
from aisle.storefront.vectors import check_made_by, embed_products, piece_reader
from aisle.suggest.index import SuggestIndex
from aisle.suggest.lists import Lists
from aisle.suggest.making import load_threshold, make_suggestions, read_log
from aisle.suggest.settings import MiningSettings
from aisle.tasks.complete.queries import QueryWriter


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
    """Choices in the log that their order was learned from; 0: by popularity and beginnings."""
    suggestions_compared: int
    """Candidates compared by meaning, so that no two say the same; the others are compared by their words."""
    index: str
    """Where the vectors are searched: `local`, or the URI of an engine."""
    collections_left: list[str]
    """Collections of versions that are gone which could not be deleted in the engine, and why."""
    encoder: str
    """Name of the encoder, or `none`."""
    embedded: int
    """Product texts that went through the encoder."""
    reused: int
    """Product vectors taken over from the version before."""
    truncated: int
    """Product texts longer than the encoder reads."""
    gate: GateReport | None
    """How the encoder did against the live one on held-out queries; None where it is the same or none was live."""
    golden: GoldenReport | None
    """How the version answers the operator's golden queries; None where there are none."""
    ranker: str
    """What orders the hits of hybrid searches, and why."""
    seconds: float
    """From start to swap."""


def build(shop: Path, ledger_at: str | Path, settings: BuildSettings, progress: Progress = silent) -> BuildReport:
    """Build a version beside the live one, open it once to check it, and take it live by one atomic swap.

    Raises
        UserError: there are no products, or the version loses on the shop's held-out queries or on golden ones and is
            not forced.
    """
    started = time.perf_counter()
    versions = Versions(shop)
    uri = parse_address(settings.index or _index_of(versions.live())).uri
    encoder = _asked_for(shop, settings.encoder, versions)
    given = Path(settings.vectors) if settings.vectors else None
    if given is not None:
        if encoder is None:
            raise UserError("vectors were given, but the build is without an encoder; leave one of them out")
        check_made_by(given, encoder)
    mining = MiningSettings(min_sessions=settings.min_sessions)
    with versions.begin() as staging:
        with Ledger.open(ledger_at, read_only=True) as ledger, ledger.snapshot():
            revision = ledger.revision()
            products = list(ledger.products())
            log = read_log(ledger, mining)
            carts = ledger.product_carts()
            # All stores together come first, most searched first. What one session asked is no head query.
            counts = islice(ledger.query_counts(min_sessions=2), settings.head_queries)
            head = [count.query for count in counts if not count.store]
        if not products:
            raise UserError(f"{shop} has no products; load a catalogue with: aisle shop create SHOP --catalogue FILE")
        progress("read the ledger", len(products), len(products))
        open_index(uri, staging.directory).check(len(products) if encoder is not None else 0)
        embedded = before = None
        if encoder is not None:
            keep_encoder(shop, encoder)
            before = _version_of(versions.live(), encoder)
            known = [place for place in (_vectors_of(shop, versions.live(), encoder), given) if place is not None]
            embedded = embed_products(products, encoder, staging.directory, known, progress)
        progress("index", 0, len(products))
        # What a refused or killed build left in an engine goes before the next one adds to it.
        forget_collections(shop, versions.all())
        with open_index(uri, staging.directory, collection=note_collection(shop, uri)) as index:
            index.build(
                products,
                None if embedded is None else embedded.vectors_ND,
                encoder="" if encoder is None else encoder.fingerprint,
                reader=None if encoder is None else piece_reader(encoder),
                carts=carts,
            )
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
            complete=QueryWriter.load(settings.query_writer) if settings.query_writer else None,
            progress=progress,
        )
        _check(staging.directory, len(products), len(made.candidates))
        mine = cache(lambda: _mined(shop, products, progress))
        gate = _gate(shop, versions.live(), staging.directory, encoder, mine)
        if gate is not None and not gate.accepted and not settings.force:
            assert encoder is not None
            raise refuse(gate, encoder.name)
        ranking = RankerChoice("none")
        if encoder is not None:
            built = open_search(staging.directory)
            read = [as_read(built, encoder.queries, query) for query in head]
            made_vectors = build_query_vectors(staging.directory, read, encoder.queries, before)
            progress("head queries", made_vectors, made_vectors)
            ranking = choose_ranker(settings.ranker, staging.directory, encoder, mine, progress)
        # Last, when the version answers as it will be served.
        golden = _golden(shop, versions.live(), staging.directory, encoder, products)
        if golden is not None and not golden.accepted and not settings.force:
            raise refuse_golden(golden)
        number = staging.publish(
            {
                "products": len(products),
                "suggestions": len(made.candidates),
                "suggestion_choices": made.choices,
                "suggestion_twins": made.twins,
                "revision": revision,
                "index": uri,
                "encoder": "none" if encoder is None else encoder.name,
                "encoder_fingerprint": "" if encoder is None else encoder.fingerprint,
                "precision": "" if encoder is None else encoder.products.engine.precision,
                "gate": None if gate is None else asdict(gate),
                "golden": None if golden is None else asdict(golden),
                "ranker": ranking.told,
                "ranking": ranking.about,
                "aisle": __version__,
            }
        )
        # Still under the build lock, so that no other build takes away what this one counts on.
        versions.prune(settings.keep_versions)
        left = forget_collections(shop, versions.all())
        forget_encoders(shop, {str(version.manifest.facts["encoder_fingerprint"]) for version in versions.all()})
    return BuildReport(
        version=number,
        products=len(products),
        suggestions=len(made.candidates),
        suggestions_dropped=made.dropped,
        suggestions_learned_from=made.choices,
        suggestions_compared=made.compared,
        index=uri,
        collections_left=left,
        encoder="none" if encoder is None else encoder.name,
        embedded=0 if embedded is None else embedded.computed,
        reused=0 if embedded is None else embedded.reused,
        truncated=0 if embedded is None else embedded.truncated,
        gate=gate,
        golden=golden,
        ranker=ranking.told,
        seconds=time.perf_counter() - started,
    )


def _asked_for(shop: Path, name: str, versions: Versions) -> Towers | None:
    """The encoder to build with: the one named, or the one that was accepted last."""
    if name == "none":
        return None
    if name:
        return Towers.load(name)
    live = versions.live()
    accepted = [version for version in versions.all() if version.manifest.facts.get("encoder_fingerprint")]
    if live is not None and live in accepted:
        accepted = [live]
    if not accepted:
        return Towers.load("minilm")
    facts = accepted[-1].manifest.facts
    kept = encoder_directory(shop, str(facts["encoder_fingerprint"]))
    return Towers.load(kept, name=str(facts["encoder"]))


def _index_of(live: Version | None) -> str:
    return "" if live is None else str(live.manifest.facts.get("index", ""))


def _gate(
    shop: Path,
    live: Version | None,
    directory: Path,
    encoder: Towers | None,
    mine: Callable[[], Sequence[Pair] | str],
) -> GateReport | None:
    """Compare the version that was built with the live one, if it has another encoder and there is a log."""
    if encoder is None or live is None or live.manifest.facts.get("encoder_fingerprint") == encoder.fingerprint:
        return None
    pairs = mine()
    if isinstance(pairs, str):
        return GateReport(queries=0, live={}, candidate={}, accepted=True, reason=f"nothing to compare on: {pairs}")
    before = OpenedVersion(shop, live)
    return compare(
        pairs,
        Contender(
            name=str(live.manifest.facts["encoder"]), index=before.index.with_ranker(None), encoder=before.encoder
        ),
        Contender(name=encoder.name, index=open_search(directory), encoder=encoder.queries),
    )


def _golden(
    shop: Path, live: Version | None, directory: Path, encoder: Towers | None, products: Sequence[Product]
) -> GoldenReport | None:
    """Ask the version that was built, and the live one, for the operator's golden queries."""
    golden = load_golden(shop)
    if not golden:
        return None
    before = None if live is None else OpenedVersion(shop, live)
    ranker = Ranker.open(directory) if (directory / RANKER_FILE).exists() else None
    return check_golden(
        golden,
        None if before is None else Contender(name="live", index=before.built, encoder=before.encoder),
        Contender(
            name="new",
            index=open_search(directory, ranker=ranker, cutoff=Cutoff.open(directory)),
            encoder=None if encoder is None else encoder.queries,
        ),
        {product.product_id for product in products},
    )


def _mined(shop: Path, products: Sequence[Product], progress: Progress) -> Sequence[Pair] | str:
    """The pairs of the shop's log, or why there are none."""
    # Mining reads logs with DuckDB, which a shop that only serves does not have.
    from aisle.storefront.training_pairs import mined

    try:
        return mined(shop, products, progress).pairs
    except UserError as error:
        return str(error)


def _version_of(live: Version | None, encoder: Towers) -> Path | None:
    if live is None or live.manifest.facts.get("encoder_fingerprint") != encoder.fingerprint:
        return None
    return live.directory


def _vectors_of(shop: Path, live: Version | None, encoder: Towers) -> Path | None:
    """The live version, if the same product tower made its vectors; its query tower may be another one."""
    kept = "" if live is None else str(live.manifest.facts.get("encoder_fingerprint", ""))
    if live is None or not kept or not encoder_directory(shop, kept).is_dir():
        return None
    same = Towers.load(encoder_directory(shop, kept)).product_fingerprint == encoder.product_fingerprint
    return live.directory if same else None


def _check(directory: Path, products: int, candidates: int) -> None:
    # A version is opened as serving will open it before anybody can see it.
    index = open_search(directory)
    assert len(index) == products, f"the index holds {len(index)} of {products} products"
    suggestions = SuggestIndex.open(directory)
    assert len(suggestions) <= candidates, f"the suggestions hold {len(suggestions)} of {candidates} candidates"
