"""`Shop`: a directory that is built, searched, completed, changed and rolled back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from aisle.engines.address import LOCAL
from aisle.errors import DamagedError, UserError
from aisle.files.atomic import write_atomic
from aisle.progress import Progress, silent
from aisle.ranking.model import Ranker
from aisle.search.index import SearchIndex
from aisle.search.request import Mode, SearchRequest
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.towers import Towers
from aisle.shop.event import Event
from aisle.shop.ledger import LEDGER_FILE, Ledger, UpsertCount
from aisle.shop.product import Product
from aisle.shop.versions import Version, Versions
from aisle.storefront.answers import SearchAnswer, ShopStatus
from aisle.storefront.build import BuildReport, build
from aisle.storefront.opened import OpenedVersion
from aisle.storefront.place import ABOUT_FILE, ledger_place, make_ledger, place_of
from aisle.storefront.query_encoding import QueryEncoding
from aisle.storefront.settings import BuildSettings
from aisle.suggest.index import Suggestion
from aisle.suggest.lists import Lists, stamp


class Shop:
    """An opened shop. Safe to use from many threads; use as a context manager or call `close`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        about = json.loads((path / ABOUT_FILE).read_text())
        self.name: str = about["name"]
        self.simulated: bool = about["simulated"]
        self.ledger = Ledger.open(place_of(path, about.get("ledger", "")))
        self._versions = Versions(path)
        self._swap = threading.Lock()
        self._showing = threading.Lock()
        self._opened: dict[int, OpenedVersion] = {}
        self._live: OpenedVersion | None = None
        self._lists_stamp = stamp(path)
        self._encoding = QueryEncoding()
        self._damage: DamagedError | None = None
        try:
            self.refresh()
        except DamagedError as error:
            # A shop whose version another aisle built, or whose files are broken, can still be built anew.
            self._damage = error

    @classmethod
    def create(cls, path: str | Path, *, name: str = "", simulated: bool = False, ledger: str = "") -> Shop:
        """Make an empty shop at `path`, or open the one that is there.

        `ledger` is the URI of a PostgreSQL database that keeps products and events; a ledger that is there already is
        joined. Empty: a file in the shop.
        """
        path = Path(path)
        place = place_of(path, ledger)
        if path.exists() and not path.is_dir():
            raise UserError(f"{path} is a file; a shop is a directory: name one that does not exist yet")
        if not (path / ABOUT_FILE).exists():
            # Names that start with a dot are what a killed `create` left behind.
            others = [] if not path.is_dir() else [entry for entry in path.iterdir() if not entry.name.startswith(".")]
            if others and not (path / LEDGER_FILE).exists():
                raise UserError(f"{path} is not empty and not a shop; name a directory that does not exist yet")
            path.mkdir(parents=True, exist_ok=True)
            make_ledger(place)
            about = {"name": name or path.name, "simulated": simulated} | ({"ledger": ledger} if ledger else {})
            # Written last: a directory with this file is a whole shop.
            write_atomic(path / ABOUT_FILE, json.dumps(about) + "\n")
        elif ledger and ledger_place(path) != place:
            raise UserError(
                f"{path} keeps its ledger in {ledger_place(path)}; leave --ledger out, or name another shop"
            )
        return cls(path)

    @classmethod
    def open(cls, path: str | Path) -> Shop:
        """Open a shop that exists."""
        path = Path(path)
        if not (path / ABOUT_FILE).is_file():
            raise UserError(f"{path} is not a shop; make one with: aisle shop create {path} --catalogue FILE")
        return cls(path)

    def close(self) -> None:
        """Release the ledger and the indexes."""
        self._encoding.close()
        self.ledger.close()
        self._opened.clear()
        self._live = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Asking ------------------------------------------------------------------------------------------------------

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        offset: int = 0,
        mode: Mode = "hybrid",
        filter: str = "",  # noqa: A002 - the name the contract gives it
        store: str = "",
        explain: bool = False,
        version: int | None = None,
        encoder_seconds: float = 0.0,
    ) -> SearchAnswer:
        """Ranked products for `query`, as the ledger has them. Another version answers as it was built.

        `encoder_seconds` is the longest to wait for the query's vector; a hybrid search then goes by words alone and
        says so, as it does when the encoder fails. 0: wait, and raise what goes wrong.
        """
        started = time.perf_counter()
        opened = self._answering(version)
        if version is None and not opened.caught_up:
            opened.catch_up(self.ledger)
        request = SearchRequest(query=query, mode=mode, k=k, offset=offset, filter=filter, store=store, explain=explain)
        encoded = self._encoding.of(opened, request, encoder_seconds)
        # A version kept for rolling back has taken in changes too; who names it wants it as it was built.
        index = opened.index if version is None or opened is self._live else opened.built
        result = index.search(request, encoded.vector_D, without=encoded.reason)
        notes = list(result.notes)
        if encoded.respelt:
            words = ", ".join(f'"{known}" for "{typed}"' for typed, known in encoded.respelt.items())
            notes.append(f"compared by meaning with {words}")
        if encoded.cut:
            notes.append(f"the query is longer than the encoder reads: its last {encoded.cut} tokens had no part in it")
        return SearchAnswer(
            hits=result.hits,
            total=result.total,
            facets=result.facets,
            notes=tuple(notes),
            mode=mode,
            version=opened.number,
            milliseconds=(time.perf_counter() - started) * 1e3,
            encoder_milliseconds=encoded.seconds * 1e3,
            query_vector="" if encoded.vector_D is None else "kept" if encoded.kept else "encoded",
            query_tokens_cut=encoded.cut,
            without_encoder=encoded.without,
        )

    def suggest(
        self, prefix: str, *, store: str = "", k: int = 10, previous: str = "", explain: bool = False
    ) -> list[Suggestion]:
        """Completions of what is being typed, best first. `previous` is what the session searched for before."""
        suggestions = self._answering(None).suggestions
        return suggestions.suggest(prefix, store=store, k=k, previous=previous, explain=explain)

    def product(self, product_id: str) -> Product | None:
        """The product as the ledger has it now."""
        return self.ledger.product(product_id)

    def stores(self) -> list[str]:
        """Ids of the stores that carry anything."""
        return self.ledger.stores()

    @property
    def encoder(self) -> SentenceEncoder | None:
        """Encoder of the live version."""
        return self._answering(None).encoder

    @property
    def towers(self) -> Towers | None:
        """Both encoders of the live version; None in a lexical-only version."""
        return self._answering(None).towers

    @property
    def fingerprint(self) -> str:
        """Fingerprint of that encoder; empty where there is none."""
        return self._answering(None).fingerprint

    @property
    def index(self) -> SearchIndex:
        """Search index of the live version."""
        return self._answering(None).index

    def use_ranker(self, ranker: Ranker | None) -> None:
        """Order the live version's hits by this ranker, or by none, in this process. Raises `UserError` for a ranker of
        another encoder."""
        self._answering(None).use_ranker(ranker)

    @property
    def version(self) -> int | None:
        """Number of the live version; None before the first build."""
        return None if self._live is None else self._live.number

    # Changing ----------------------------------------------------------------------------------------------------

    def put_products(self, products: Iterable[Product]) -> UpsertCount:
        """Add or replace products in the ledger. They are safe when this returns; `show_changes` shows them."""
        return self.ledger.upsert_products(products)

    def delete_product(self, product_id: str) -> bool:
        """Take a product out of the ledger; False if it was not there. `show_changes` takes it out of search."""
        return self.ledger.delete_product(product_id)

    def show_changes(self) -> int:
        """Let searches find what was put and miss what was deleted, by whichever process, since the last build.

        How many products have to wait for the next build, because too many were put for searching beside the version.
        """
        with self._showing:
            live = self._live
            if live is None:
                return 0
            live.catch_up(self.ledger)
            return live.changes.waiting

    @property
    def changes_by_words_alone(self) -> int:
        """Products put since the build that are not found by meaning yet, because the encoder cannot be used."""
        return 0 if self._live is None else self._live.changes.bare

    @property
    def changed_texts_truncated(self) -> int:
        """Texts of products put since the live version was built that are longer than its encoder reads."""
        return 0 if self._live is None else self._live.changes.truncated

    @property
    def encoder_failing(self) -> bool:
        """Whether the encoder could not be used for the last query within a time budget that needed it."""
        return self._encoding.failing

    def add_events(self, events: Iterable[Event]) -> int:
        """Append events to the ledger; how many were added."""
        return self.ledger.add_events(events)

    # Versions ----------------------------------------------------------------------------------------------------

    def versions(self) -> list[Version]:
        """The versions that can be searched or rolled back to, oldest first."""
        return self._versions.all()

    def build(self, settings: BuildSettings | None = None, progress: Progress = silent) -> BuildReport:
        """Build a version from the ledger and take it live."""
        report = build(self.path, ledger_place(self.path), settings or BuildSettings(), progress)
        self.refresh()
        return report

    def rollback(self) -> Version:
        """Take the version before the live one live again."""
        version = self._versions.rollback()
        self.refresh()
        return version

    def refresh(self) -> bool:
        """Pick up a version that another process took live, True if there was one, and changes of the operator's lists.

        Raises
            UserError: a list cannot be read; the lists before stay in force.
        """
        with self._swap:
            live = self._versions.live()
            self._refresh_lists()
            if live is None or (self._live is not None and self._live.number == live.number):
                return False
            before = self._live
            opened = self._opened.get(live.number) or OpenedVersion(self.path, live, before)
            if before is not None and before.caught_up:
                if before.encoder_loaded and not opened.encoder_loaded:
                    # Another encoder is loaded before the swap: its first query would wait for it.
                    assert opened.encoder is not None
                    opened.encoder.encode(["warm"])
                opened.catch_up(self.ledger)
            with self._showing:
                # Nothing that was findable a moment ago may be missing for a moment: what came meanwhile.
                if before is not None and before.caught_up:
                    opened.catch_up(self.ledger)
                self._live = opened
            # Requests in flight keep their own reference to the version they started with. The version before stays
            # open, so that going back to it takes no time.
            self._opened = {each.number: each for each in (before, opened) if each is not None}
            return True

    def _refresh_lists(self) -> None:
        changed = stamp(self.path)
        if self._live is not None and changed != self._lists_stamp:
            self._live.suggestions.use_lists(Lists.load(self.path))
        self._lists_stamp = changed

    def verify(self) -> list[str]:
        """Problems found by checking every file of every version, and the ledger; none if the shop is sound."""
        return [*self.ledger.verify(), *self._versions.verify()]

    def status(self) -> ShopStatus:
        """What the shop holds."""
        live = self._versions.live()
        facts = {} if live is None else live.manifest.facts
        return ShopStatus(
            shop=str(self.path),
            products=self.ledger.count_products(),
            events=self.ledger.count_events(),
            version=None if live is None else live.number,
            versions=tuple(version.number for version in self._versions.all()),
            encoder=str(facts.get("encoder", "none")),
            index=str(facts.get("index", LOCAL)),
            suggestions=int(facts.get("suggestions", 0)),
            changes_since_build=self.ledger.revision() - int(facts.get("revision", 0)),
            simulated=self.simulated,
            bytes=sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file()),
        )

    def _answering(self, number: int | None) -> OpenedVersion:
        live = self._live
        if live is None and self._damage is not None:
            raise self._damage
        if live is None:
            raise UserError(f"{self.path} has no version yet; build one with: aisle shop build {self.path}")
        if number is None or number == live.number:
            return live
        with self._swap:
            if number not in self._opened:
                found = [version for version in self._versions.all() if version.number == number]
                if not found:
                    numbers = ", ".join(str(version.number) for version in self._versions.all())
                    raise UserError(f"there is no version {number}; the shop has {numbers}")
                self._opened[number] = OpenedVersion(self.path, found[0])
            return self._opened[number]
