"""`aisle serve`: the shop over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import notices
from aisle.serve.run import run
from aisle.serve.settings import ServeSettings


@dataclass(frozen=True, kw_only=True)
class Serve(ServeSettings):
    """Serve a shop: its page, its API, its metrics."""

    shop: Positional[Path]
    """Directory of the shop."""

    def run(self) -> None:
        """Serve until told to stop."""
        settings = ServeSettings(**{name: getattr(self, name) for name in ServeSettings.__dataclass_fields__})
        run(self.shop, settings, started=lambda address: notices.print(f"serving {self.shop} on {address}"))
