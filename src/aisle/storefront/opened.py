"""One version of a shop, opened for answering: its indexes, and its encoder once a query needs it."""

from __future__ import annotations

import threading
from pathlib import Path

from aisle.engines.opening import open_search
from aisle.errors import UserError
from aisle.ranking.model import RANKER_FILE, Ranker
from aisle.search.cutoff import Cutoff
from aisle.search.index import SearchIndex
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.towers import Towers
from aisle.shop.ledger import Ledger
from aisle.shop.versions import Version
from aisle.storefront.encoders import KeptTowers
from aisle.storefront.live_changes import LiveChanges
from aisle.storefront.query_vectors import QueryVectors
from aisle.suggest.index import SuggestIndex
from aisle.suggest.lists import Lists


def check_fits(ranker: Ranker, fingerprint: str) -> None:
    """Raises `UserError` for a ranker that was learned on another encoder than the one of this fingerprint."""
    if ranker.encoder != fingerprint:
        raise UserError(
            f"the ranker was learned on encoder {ranker.encoder[:16] or 'none'}, but the shop's is "
            f"{fingerprint[:16] or 'none'}; learn one for it with: aisle shop rank SHOP, or aisle train ranker"
        )


class OpenedVersion:
    """Read-only; shared by all requests. Never closed while one of them still holds it."""

    def __init__(self, shop: Path, version: Version, before: OpenedVersion | None = None) -> None:
        """What belongs to the encoder is taken over from `before`, if its encoder is the same."""
        self.number = version.number
        self.revision = int(version.manifest.facts["revision"])
        self.fingerprint = str(version.manifest.facts["encoder_fingerprint"])
        """Of the encoder that made its vectors; empty in a lexical-only version."""
        self._built = open_search(
            version.directory, ranker=self._ranker(version.directory), cutoff=Cutoff.open(version.directory)
        )
        self.index = self._built
        """What is searched: the version as it was built, and beside it what `catch_up` took in."""
        self.caught_up = False
        """Whether `catch_up` was called yet."""
        self.query_vectors = QueryVectors.open(version.directory)
        same = before if before is not None and before.fingerprint == self.fingerprint else None
        self._kept: KeptTowers = KeptTowers(shop, self.fingerprint) if same is None else same._kept
        # Not through self: a version that holds itself is only freed, with its files, when somebody sweeps.
        self.changes = LiveChanges(self._built, self.revision, self._kept.both)
        if same is not None:
            self.query_vectors.remember(same.query_vectors)
        self.suggestions = SuggestIndex.open(version.directory, lists=Lists.load(shop))
        self._changing = threading.Lock()

    def use_ranker(self, ranker: Ranker | None) -> None:
        """Order hits by this ranker, or by none, from now on. Raises `UserError` for one of another encoder."""
        if ranker is not None:
            check_fits(ranker, self.fingerprint)
        self._built = self._built.with_ranker(ranker)
        self.index = self.index.with_ranker(ranker)

    def catch_up(self, ledger: Ledger) -> bool:
        """Search also what changed in the ledger since the version was built; True if anything is new."""
        with self._changing:
            new = self.changes.catch_up(ledger)
            if new:
                self.index = self.changes.over(self._built)
            self.caught_up = True
            return new

    def _ranker(self, directory: Path) -> Ranker | None:
        if not (directory / RANKER_FILE).exists():
            return None
        ranker = Ranker.open(directory)
        check_fits(ranker, self.fingerprint)
        return ranker

    @property
    def built(self) -> SearchIndex:
        """The version as it was built."""
        return self._built

    @property
    def towers(self) -> Towers | None:
        """The encoders that belong to this version's vectors; None in a lexical-only version."""
        return self._kept.both() if self.fingerprint else None

    @property
    def encoder(self) -> SentenceEncoder | None:
        """The query tower; None in a lexical-only version."""
        return self._kept.queries() if self.fingerprint else None

    @property
    def encoder_loaded(self) -> bool:
        """Whether a query can be encoded without loading anything first."""
        return self._kept.loaded or not self.fingerprint
