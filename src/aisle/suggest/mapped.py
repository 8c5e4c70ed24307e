"""The mapped files of an index, as sequences that bisect can search without copying."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from aisle.suggest.layout import TYPES, Contents, map_file


class Mapped:
    """One attribute a file of the layout. The mapping lasts as long as this object or a view of it."""

    def __init__(self, directory: Path, contents: Contents) -> None:
        self.texts = map_file(directory, "texts", contents)
        self.keys = map_file(directory, "keys", contents)
        self.text_ends = self._numbers(directory, "text-ends", contents)
        self.key_ends = self._numbers(directory, "key-ends", contents)
        self.starts = self._numbers(directory, "starts", contents)
        self.ranks = self._numbers(directory, "ranks", contents)
        self.order = self._numbers(directory, "order", contents)
        self.scores = self._numbers(directory, "scores", contents)
        self.wide = self._numbers(directory, "wide", contents)
        self.tops = self._numbers(directory, "tops", contents)

    def text(self, number: int) -> str:
        """The text of a candidate as shown."""
        return str(self.texts[self.text_ends[number] : self.text_ends[number + 1]], "utf-8")

    def key(self, number: int) -> str:
        """The key of a candidate."""
        return str(self.keys[self.key_ends[number] : self.key_ends[number + 1] - 2], "utf-8")

    @staticmethod
    def _numbers(directory: Path, name: str, contents: Contents) -> Any:
        # A memoryview gives plain Python numbers, one by one, several times faster than an array does.
        code: Any = np.dtype(TYPES[name]).char
        return memoryview(map_file(directory, name, contents)).cast(code)
