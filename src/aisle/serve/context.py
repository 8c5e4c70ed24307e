"""What the routes share."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.serve.admin import Gate
from aisle.serve.desk import Desk
from aisle.serve.metrics import Metrics
from aisle.serve.problems import ProblemError
from aisle.serve.settings import ServeSettings
from aisle.storefront.shop import Shop


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """The parts of one running server; made once by `create_app`."""

    shop: Shop
    """The opened shop."""
    settings: ServeSettings
    """How it is served."""
    metrics: Metrics
    """Where things are counted."""
    searches: Desk
    """Where searches run."""
    writes: Desk
    """Where the ledger is written, so that a search never waits behind a disk."""
    embeddings: Desk
    """Where texts of /v1/embeddings are tokenized and encoded."""
    gate: Gate
    """Guards admin routes."""

    def ready_shop(self) -> Shop:
        """The shop, if it has a live version to answer from."""
        if self.shop.version is None:
            raise ProblemError("not-ready", "Nothing has been built from the shop's products yet.", retry_after=5)
        return self.shop
