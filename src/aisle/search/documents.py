"""The products' own fields, to be shown: one JSON text each in one file, read only for the hits of a page.

Legend: N products, B bytes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.json_text import from_json
from aisle.search.storage import open_arrays, save_arrays
from aisle.shop.product import Product

_NAMES = tuple(field.name for field in fields(Product))
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True, eq=False)
class Documents:
    """Products by their number in the index, read-only."""

    json_B: NDArray[np.uint8]
    """All products, one after the other, as UTF-8."""
    starts_N1: NDArray[np.int64]

    @classmethod
    def build(cls, products: Sequence[Product]) -> Documents:
        """Pack products."""
        written = [json.dumps(_fields(product), ensure_ascii=False).encode() for product in products]
        ends = np.cumsum([len(text) for text in written], dtype=np.int64)
        return cls(np.frombuffer(b"".join(written), np.uint8), np.concatenate([np.zeros(1, np.int64), ends]))

    def save(self, directory: Path) -> None:
        """Write the files documents_*."""
        save_arrays(directory, "documents", self)

    @classmethod
    def open(cls, directory: Path) -> Documents:
        """Map the files of `save` into memory."""
        return open_arrays(cls, directory, "documents")

    def __len__(self) -> int:
        return len(self.starts_N1) - 1

    def fields(self, number: int) -> dict[str, Any]:
        """All fields of a product; its tuples are lists."""
        text = self.json_B[self.starts_N1[number] : self.starts_N1[number + 1]].tobytes()
        found: dict[str, Any] = from_json(text)
        return found

    def product_id(self, number: int) -> str:
        """The id of a product, without reading its other fields: it is written first."""
        text = self.json_B[self.starts_N1[number] : self.starts_N1[number + 1]].tobytes().decode()
        found, _ = _DECODER.raw_decode(text, text.index(":") + 2)
        return str(found)

    def product(self, number: int) -> Product:
        """The product itself."""
        fields = {
            name: tuple(value) if isinstance(value, list) else value for name, value in self.fields(number).items()
        }
        return Product(**fields)  # type: ignore[arg-type]


def _fields(product: Product) -> dict[str, Any]:
    # dataclasses.asdict copies every value and takes ten times as long.
    return {name: getattr(product, name) for name in _NAMES}
