"""One version of a shop, opened for answering: its indexes, and its encoder once a query needs it."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path

from aisle.search.index import SearchIndex
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.versions import Version
from aisle.storefront.encoders import open_encoder
from aisle.suggest.index import SuggestIndex
from aisle.suggest.lists import Lists


class OpenedVersion:
    """Read-only; shared by all requests. Never closed while one of them still holds it."""

    def __init__(self, shop: Path, version: Version) -> None:
        self.number = version.number
        self.revision = int(version.manifest.facts["revision"])
        self.index = SearchIndex.open(version.directory)
        self.suggestions = SuggestIndex.open(version.directory, lists=Lists.load(shop))
        self._shop = shop
        self._fingerprint = str(version.manifest.facts["encoder_fingerprint"])
        self._loading = threading.Lock()

    @property
    def encoder(self) -> SentenceEncoder | None:
        """The query tower that belongs to this version's vectors; None in a lexical-only version."""
        if not self._fingerprint:
            return None
        with self._loading:
            return self._encoder

    @cached_property
    def _encoder(self) -> SentenceEncoder:
        return open_encoder(self._shop, self._fingerprint).queries
