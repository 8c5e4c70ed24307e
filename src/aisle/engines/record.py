"""What is written beside an index's files: where its vectors lie, and which encoder made them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from aisle.errors import DamagedError, UserError
from aisle.files.atomic import write_atomic
from aisle.search.storage import read_facts

RECORD_FILE = "index.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One built index."""

    uri: str
    """Where it lies."""
    collection: str
    """What holds its vectors in the engine; empty in the local one."""
    encoder: str
    """Fingerprint of the encoder; empty without vectors."""
    dim: int
    """Vector length; 0 without vectors."""

    def write(self, directory: Path) -> None:
        """Put it beside the index's files."""
        write_atomic(directory / RECORD_FILE, json.dumps(asdict(self)))

    @classmethod
    def read(cls, directory: Path) -> Record:
        """The record of a directory. Raises `DamagedError` where it is missing or broken."""
        path = directory / RECORD_FILE
        try:
            return cls(**read_facts(path))
        except TypeError:
            raise DamagedError(f"{path}: is of another aisle; build the shop again") from None

    def check_encoder(self, encoder: str, what: str) -> None:
        """Raise `UserError` for vectors of another encoder than the one that made those of the index."""
        if encoder != self.encoder:
            raise UserError(
                f"{what} of encoder {encoder[:16] or 'none'} cannot be compared with the vectors of the index, which "
                f"encoder {self.encoder[:16] or 'none'} made; use that one, or build the index anew"
            )
