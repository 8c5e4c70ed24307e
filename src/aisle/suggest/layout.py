"""The files of a suggestion index, memory-mapped for reading.

Letters: C candidates, W word starts, R ranges, D pairs of duplicates, K categories, V words, E filed hashes, T taps,
P products, S stores; a section is a part of the candidates in an order of its own.

| file | holds |
|---|---|
| `suggest.json` | the table of contents: format, counts, where each section lies |
| `suggest.texts` | the texts as shown, UTF-8, one after the other |
| `suggest.keys` | their keys in ascending order, each followed by a space and a zero byte |
| `suggest.text-ends`, `suggest.key-ends` | uint32 (C + 1): where each begins and the last one ends |
| `suggest.starts` | uint32 (W): byte positions of word starts in the keys, by section, sorted by what stands there |
| `suggest.ranks` | uint32 (W): the rank in its section of the candidate that each word start belongs to |
| `suggest.order`, `suggest.scores` | uint32, float64: the candidates of each section by rank, and their scores |
| `suggest.wide` | uint64 (R): wide ranges of word starts, first << 32 \\| end, ascending within each section |
| `suggest.tops` | uint32 (R, TOPS): the lowest ranks in each wide range, then `NO_RANK` |
| `suggest.sources` | uint8 (C): places in `candidates.SOURCES` |
| `suggest.statics` | float32 (C): what a candidate is worth beside its popularity, as a logarithm |
| `suggest.categories` | uint16 (C): places in the list of categories, which the table of contents holds; 0 for none |
| `suggest.images`, `suggest.image-ends` | names or addresses of pictures, UTF-8; uint32 (C + 1) |
| `suggest.twin-ends`, `suggest.twins` | uint32 (C + 1), uint32 (D): for each candidate those that say the same |
| `suggest.tap-pairs`, `suggest.tap-values` | uint64, float32 (T): typed key's hash, candidate; log of its pull |
| `suggest.moves` | float32 (K, K): log of how much likelier one kind is searched for after another |
| `suggest.words`, `suggest.word-ends`, `suggest.word-weights` | the words, ascending; uint32 (V + 1); float32 (V) |
| `suggest.near-hashes`, `suggest.near-words`, `suggest.far-hashes`, `suggest.far-words` | uint32 (E): see `words.py` |
| `suggest.product-ends`, `suggest.products` | uint32 (V + 1), uint32: for each word the products in stock |
| `suggest.spelling-ends`, `suggest.spellings` | uint32 (P + 1), uint32: for each product its words |
| `suggest.carried` | uint8 (P, S): which store carries which product |
"""

from __future__ import annotations

import json
import mmap
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.files.atomic import write_atomic
from aisle.json_text import from_json

FORMAT = 2
CONTENTS = "suggest.json"
TOPS = 64
"""Candidates kept ready for a wide range; a longer list is found by going through the range."""
WIDE = 2048
"""A range of more word starts than this is wide."""
NO_RANK = 0xFFFFFFFF

TYPES: dict[str, Any] = {
    "texts": np.uint8,
    "keys": np.uint8,
    "text-ends": np.uint32,
    "key-ends": np.uint32,
    "starts": np.uint32,
    "ranks": np.uint32,
    "order": np.uint32,
    "scores": np.float64,
    "wide": np.uint64,
    "tops": np.uint32,
    "sources": np.uint8,
    "statics": np.float32,
    "categories": np.uint16,
    "images": np.uint8,
    "image-ends": np.uint32,
    "twin-ends": np.uint32,
    "twins": np.uint32,
    "tap-pairs": np.uint64,
    "tap-values": np.float32,
    "moves": np.float32,
    "words": np.uint8,
    "word-ends": np.uint32,
    "word-weights": np.float32,
    "near-hashes": np.uint32,
    "near-words": np.uint32,
    "far-hashes": np.uint32,
    "far-words": np.uint32,
    "product-ends": np.uint32,
    "products": np.uint32,
    "spelling-ends": np.uint32,
    "spellings": np.uint32,
    "carried": np.uint8,
}
BYTES = frozenset(("texts", "keys", "images", "words"))
"""Files of text, which are read as bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionPlace:
    """Where one section lies in the files that sections share: first and end of each of its parts."""

    store: str
    starts: tuple[int, int]
    order: tuple[int, int]
    wide: tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """What `suggest.json` says."""

    candidates: int
    every: SectionPlace
    """All candidates, for all stores together."""

    anywhere: SectionPlace | None
    """The candidates that every store can serve; None where no candidate names a store, for then `every` is it."""

    stores: tuple[SectionPlace, ...]
    """For each store the candidates that only some stores serve, this one among them, or that it knows from its log."""

    lengths: dict[str, int]
    """File to its number of entries."""

    categories: tuple[str, ...] = ("",)
    """The kinds of product, the empty one first."""

    carriers: tuple[str, ...] = ()
    """The stores that products name, in the order of the columns of `carried`."""

    weights: dict[str, float] = field(default_factory=dict)
    """Weights of the ranking, by feature; see `model.py`."""


def write_array(directory: Path, name: str, values: NDArray[Any]) -> int:
    """Write one file; the number of entries."""
    assert values.dtype == TYPES[name], f"{name} must be {TYPES[name]}, not {values.dtype}"
    write_atomic(directory / f"suggest.{name}", np.ascontiguousarray(values).tobytes())
    return int(values.size)


def write_contents(directory: Path, contents: Contents) -> None:
    """Write the table of contents; last, so that where it is the other files are too."""
    write_atomic(directory / CONTENTS, json.dumps({"format": FORMAT, **asdict(contents)}, indent=1) + "\n")


def read_contents(directory: Path) -> Contents:
    """Read the table of contents. Raises DamagedError where it is missing or not what this version of aisle writes."""
    path = directory / CONTENTS
    try:
        values = from_json(path.read_text(encoding="utf-8"))
        if values.pop("format") != FORMAT:
            raise DamagedError(f"{path} has another format; build the shop again with this version of aisle")
        return Contents(
            candidates=values["candidates"],
            every=_place(values["every"]),
            anywhere=_place(values["anywhere"]) if values["anywhere"] else None,
            stores=tuple(map(_place, values["stores"])),
            lengths=values["lengths"],
            categories=tuple(values["categories"]),
            carriers=tuple(values["carriers"]),
            weights={str(name): float(weight) for name, weight in values["weights"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{path} cannot be read ({error}); build the shop again") from error


def map_file(directory: Path, name: str, contents: Contents) -> mmap.mmap | bytes:
    """The bytes of one file, mapped. Raises DamagedError where the file is missing or has another length."""
    path = directory / f"suggest.{name}"
    wanted = contents.lengths.get(name, -1) * np.dtype(TYPES[name]).itemsize
    try:
        size = path.stat().st_size
        if size != wanted:
            raise DamagedError(f"{path} has {size} bytes where {wanted} were written; build the shop again")
        if size == 0:
            return b""
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise DamagedError(f"{path} cannot be read ({error}); build the shop again") from error


def _place(values: dict[str, Any]) -> SectionPlace:
    return SectionPlace(
        store=str(values["store"]),
        starts=_pair(values["starts"]),
        order=_pair(values["order"]),
        wide=_pair(values["wide"]),
    )


def _pair(values: list[int]) -> tuple[int, int]:
    first, end = values
    return int(first), int(end)
