"""Pairs as a file that `aisle train two-tower --pairs` reads: TSV or JSON Lines by its name; .gz packs it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from aisle.errors import UserError
from aisle.files.atomic import atomic_file
from aisle.files.tables import table_format
from aisle.mining.pair import FIELDS, Pair


@contextmanager
def pairs_file(path: Path) -> Iterator[PairsWriter]:
    """A writer of pairs; the file is there when the block ends, whole or not at all. Raises `UserError` for a name that
    is neither TSV nor JSON Lines."""
    kind = table_format(path)
    if kind not in ("tsv", "jsonl"):
        raise UserError(f"{path}: pairs are written as .tsv or .jsonl, each also .gz; name such a file")
    with atomic_file(path) as raw:
        if path.suffix == ".gz":
            # No time and no name in the header: the same pairs make the same file.
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
                yield PairsWriter(cast("IO[bytes]", packed), kind)
        else:
            yield PairsWriter(raw, kind)


class PairsWriter:
    """Writes one pair a line."""

    def __init__(self, file: IO[bytes], kind: str) -> None:
        self._file = file
        self._json = kind == "jsonl"
        self.written = 0
        """Pairs written so far."""
        if not self._json:
            self._file.write(("\t".join(FIELDS) + "\n").encode())

    def add(self, pairs: Iterable[Pair]) -> None:
        """Write pairs."""
        for pair in pairs:
            values = as_row(pair)
            line = json.dumps(values, ensure_ascii=False) if self._json else "\t".join(map(str, values.values()))
            self._file.write((line + "\n").encode())
            self.written += 1


def as_row(pair: Pair) -> dict[str, Any]:
    """A pair's fields in the order of `FIELDS`."""
    return {name: getattr(pair, name) for name in FIELDS}
