"""The mapped files of an index, as sequences that bisect can search without copying."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from aisle.suggest.layout import BYTES, TYPES, Contents, map_file


class Mapped(Mapping[str, Any]):
    """The files of the layout by name. The mapping lasts as long as this object or a view of it."""

    def __init__(self, directory: Path, contents: Contents) -> None:
        self._files: dict[str, Any] = {}
        for name, kind in TYPES.items():
            data = map_file(directory, name, contents)
            code: Any = np.dtype(kind).char
            # A memoryview gives plain Python numbers, one by one, several times faster than an array does.
            self._files[name] = data if name in BYTES else memoryview(data).cast(code)
        self.texts, self.text_ends = self._files["texts"], self._files["text-ends"]
        self.key_text, self.key_ends = self._files["keys"], self._files["key-ends"]

    def __getitem__(self, name: str) -> Any:
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def text(self, number: int) -> str:
        """The text of a candidate as shown."""
        return str(self.texts[self.text_ends[number] : self.text_ends[number + 1]], "utf-8")

    def key(self, number: int) -> str:
        """The key of a candidate."""
        return str(self.key_text[self.key_ends[number] : self.key_ends[number + 1] - 2], "utf-8")

    def image(self, number: int) -> str:
        """The picture of a candidate; empty where it has none."""
        ends = self._files["image-ends"]
        return str(self._files["images"][ends[number] : ends[number + 1]], "utf-8")

    def twins(self, number: int) -> Any:
        """The candidates that say the same as this one."""
        ends = self._files["twin-ends"]
        return self._files["twins"][ends[number] : ends[number + 1]]
