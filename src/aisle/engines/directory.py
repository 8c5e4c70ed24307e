"""What every index does alike: part of it lies in a directory, is opened when it is needed, and answers a search.

Legend: D vector length.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from aisle.engines.changed import Changed
from aisle.engines.record import Record
from aisle.search.index import SearchIndex
from aisle.search.request import SearchRequest, SearchResult


class DirectoryIndex(ABC):
    """Words, columns and documents in one directory, mapped into memory; `_open` knows where the vectors are."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @abstractmethod
    def _open(self) -> SearchIndex:
        """The index as it was built."""

    @cached_property
    def _record(self) -> Record:
        return Record.read(self._directory)

    @cached_property
    def _changed(self) -> Changed:
        return Changed(self._open())

    @property
    def search_index(self) -> SearchIndex:
        """As `Index`."""
        return self._changed.index

    def search(
        self, request: SearchRequest, query_D: NDArray[np.float32] | None = None, *, encoder: str = ""
    ) -> SearchResult:
        """As `Index`."""
        if query_D is not None:
            self._record.check_encoder(encoder, "a query")
        return self.search_index.search(request, query_D)

    def close(self) -> None:
        """Let go of the mapped files."""
        self.__dict__.pop("_changed", None)
        self.__dict__.pop("_record", None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _bytes(self) -> int:
        """Size of all files in the directory."""
        return sum(path.stat().st_size for path in self._directory.rglob("*") if path.is_file())
