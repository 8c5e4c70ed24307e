"""The ranker as it is served: the fixed share's score and boosted oblivious trees that correct it, in numpy alone.

An oblivious tree asks the same question at every node of a level, so that the leaf of a product is a binary number of
its answers, and all trees of all products are a few array operations. After Prokhorenkova et al. 2018, "CatBoost",
section 4.

Legend: C products, F features, T trees, L levels, P = 2 ** L leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.json_text import from_json
from aisle.ranking.features import NAMES

RANKER_FILE = "ranker.json"
_FORMAT = "aisle ranker 2"
_WITHOUT_SLOPE = "aisle ranker 1"
"""Rankers of trees alone, learned before there was a slope; they can still be read."""
_BLENDED = NAMES.index("blended")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Ranker:
    """What was learned, read-only."""

    slope: float
    """What a product scores for each unit of `blended` above `middle`: trees only correct the fixed share."""
    middle: float
    """Mean `blended` of what was learned from."""
    features_TL: NDArray[np.int32]
    """Which feature each level asks for, as a place in `aisle.ranking.features.NAMES`."""
    thresholds_TL: NDArray[np.float32]
    """A product answers 1 where its feature is above this."""
    leaves_TP: NDArray[np.float32]
    """What a tree adds for each leaf; the answer of the first level is the highest bit of its number."""
    means_TN: NDArray[np.float32]
    """What a tree adds on average below each node that is no leaf, level by level: N = P - 1."""
    encoder: str
    """Fingerprint of the encoder whose cosines it was learned on; empty where it was learned on words alone."""
    about: Mapping[str, Any]
    """What it was learned from and how it did, for people."""

    def scores(self, features_CF: NDArray[np.float32]) -> NDArray[np.float32]:
        """What slope and trees add up to for each product, (C,): any number; higher is better."""
        trees, leaves = self.leaves_TP.shape
        places_TC = self._leaves(features_CF) + np.arange(0, trees * leaves, leaves)[:, None]
        trees_C: NDArray[np.float32] = self.leaves_TP.ravel().take(places_TC).sum(axis=0, dtype=np.float32)
        return trees_C + np.float32(self.slope) * (features_CF[:, _BLENDED] - np.float32(self.middle))

    def contributions(self, features_F: NDArray[np.float32]) -> dict[str, float]:
        """How much each feature moved one product's score; they and `""`, the average product's, add up to it.

        A level's answer moves a tree from the average below its node to the average below the node it leads to.
        """
        moved_F = self._moved(features_F[None])[:, 0]
        return {"": float(self.means_TN[:, 0].sum())} | {NAMES[place]: float(moved_F[place]) for place in self._asked()}

    def importance(self, features_CF: NDArray[np.float32]) -> dict[str, float]:
        """How much of all moving of scores each feature does over these products, most first; they add up to 1.

        That is the mean size of its contribution (see `contributions`). Features without a say are left out.
        """
        sizes_F = np.abs(self._moved(features_CF)).mean(axis=1)
        whole = float(sizes_F.sum()) or 1.0
        shares = {NAMES[place]: float(sizes_F[place]) / whole for place in self._asked()}
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    def _asked(self) -> list[int]:
        """Places of the features that have a say."""
        return sorted({*self.features_TL.ravel().tolist(), *([_BLENDED] if self.slope else [])})

    def _moved(self, features_CF: NDArray[np.float32]) -> NDArray[np.float64]:
        """How much each feature moved each product's score, (F, C)."""
        trees, levels = self.features_TL.shape
        columns_FC = np.ascontiguousarray(features_CF.T)
        moved_FC = np.zeros(columns_FC.shape)
        node_TC = np.zeros((trees, len(features_CF)), np.int64)
        here_TC = np.broadcast_to(self.means_TN[:, :1], node_TC.shape)
        for level in range(levels):
            asked_T = self.features_TL[:, level]
            node_TC = 2 * node_TC + (columns_FC[asked_T] > self.thresholds_TL[:, level, None])
            last, start = level == levels - 1, 2 ** (level + 1) - 1
            next_TC = np.take_along_axis(self.leaves_TP if last else self.means_TN[:, start:], node_TC, axis=1)
            np.add.at(moved_FC, asked_T, next_TC - here_TC)
            here_TC = next_TC
        moved_FC[_BLENDED] += self.slope * (columns_FC[_BLENDED] - self.middle)
        return moved_FC

    def _leaves(self, features_CF: NDArray[np.float32]) -> NDArray[np.uint8]:
        # A byte holds the answers of eight levels, which is as deep as a tree may be.
        columns_FC = np.ascontiguousarray(features_CF.T)
        leaves_TC = np.zeros((len(self.leaves_TP), len(features_CF)), np.uint8)
        for level in range(self.features_TL.shape[1]):
            answers_TC = columns_FC.take(self.features_TL[:, level], axis=0) > self.thresholds_TL[:, level, None]
            leaves_TC <<= 1
            leaves_TC |= answers_TC.view(np.uint8)
        return leaves_TC

    def save(self, path: Path) -> None:
        """Write it as one JSON file."""
        used = sorted(set(self.features_TL.ravel().tolist()))
        content = {
            "format": _FORMAT,
            "encoder": self.encoder,
            "about": dict(self.about),
            "slope": self.slope,
            "middle": self.middle,
            "features": [NAMES[place] for place in used],
            "asked": np.searchsorted(used, self.features_TL).tolist(),
            "thresholds": self.thresholds_TL.tolist(),
            "leaves": self.leaves_TP.tolist(),
            "means": self.means_TN.tolist(),
        }
        write_atomic(path, json.dumps(content) + "\n")

    @classmethod
    def open(cls, path: str | Path) -> Ranker:
        """Read what `save` wrote; a directory stands for the ranker.json in it. Raises `UserError` for another file."""
        path = Path(path)
        path = path / RANKER_FILE if path.is_dir() else path
        try:
            content = from_json(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UserError(f"{path}: there is no ranker; learn one with: aisle train ranker") from None
        except (OSError, ValueError) as error:
            raise UserError(f"{path}: cannot be read as a ranker ({error})") from None
        formats = (_FORMAT, _WITHOUT_SLOPE)
        if not isinstance(content, dict) or content.get("format") not in formats or "features" not in content:
            raise UserError(f"{path}: is no ranker of this aisle; learn one with: aisle train ranker")
        unknown = [name for name in content["features"] if name not in NAMES]
        if unknown:
            raise UserError(
                f"{path}: was learned on {', '.join(unknown)}, which this aisle does not know; learn it anew"
            )
        places = np.array([NAMES.index(name) for name in content["features"]], np.int32)
        try:
            ranker = cls(
                slope=0.0 if content["format"] == _WITHOUT_SLOPE else float(content["slope"]),
                middle=0.0 if content["format"] == _WITHOUT_SLOPE else float(content["middle"]),
                features_TL=places[np.array(content["asked"], np.int32)],
                thresholds_TL=np.array(content["thresholds"], np.float32),
                leaves_TP=np.array(content["leaves"], np.float32),
                means_TN=np.array(content["means"], np.float32),
                encoder=str(content["encoder"]),
                about=dict(content["about"]),
            )
            trees, levels = ranker.features_TL.shape
            shapes = (ranker.thresholds_TL.shape, ranker.leaves_TP.shape, ranker.means_TN.shape)
            fits = shapes == ((trees, levels), (trees, 2**levels), (trees, 2**levels - 1))
        except (KeyError, IndexError, TypeError, ValueError):
            fits = False
        if not fits:
            raise UserError(f"{path}: its arrays do not fit each other; learn it anew with: aisle train ranker")
        return ranker
