"""The vectors of a shop's products, in shards; `aisle shop build --vectors` takes them over.

Legend: T distinct texts, D vector length.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from aisle.batch.shard import Shard
from aisle.files.atomic import write_atomic
from aisle.sentence.towers import Towers
from aisle.shop.encoded_text import encoded_text
from aisle.shop.ledger import Ledger
from aisle.storefront.place import ledger_place
from aisle.storefront.vectors import ENCODER_FILE, KEYS_FILE, VECTORS_FILE, text_keys


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbedJob:
    """Each distinct product text through the product tower, once."""

    KIND: ClassVar[str] = "embed"
    shop: str
    """Directory of the shop."""
    encoder: str
    """As `SentenceEncoder.load` takes it, or a directory of `aisle train two-tower`."""

    def identity(self) -> dict[str, Any]:
        """As `Job`."""
        with Ledger.open(ledger_place(Path(self.shop)), read_only=True) as ledger:
            return {"encoder": Towers.load(self.encoder).fingerprint, "revision": ledger.revision()}

    def share_out(self, place: Path, shards: int) -> None:
        """As `Job`: the distinct texts of each shard, in the order of the products."""
        template = Towers.load(self.encoder).template
        with Ledger.open(ledger_place(Path(self.shop)), read_only=True) as ledger:
            texts = list(dict.fromkeys(encoded_text(product, template) for product in ledger.products()))
        for index in range(shards):
            shard = Shard(index, shards)
            _texts(place, shard).write_text(json.dumps(texts[shard.part(len(texts))], ensure_ascii=False), "utf-8")

    def run(self, shard: Shard, place: Path, target: Path) -> None:
        """As `Job`."""
        towers = Towers.load(self.encoder)
        mine: list[str] = json.loads(_texts(place, shard).read_text("utf-8"))
        encoded = towers.products.encode_counted(mine) if mine else None
        vectors_TD = np.zeros((0, towers.products.dim), np.float32) if encoded is None else encoded.vectors
        np.save(target / VECTORS_FILE, vectors_TD)
        np.save(target / KEYS_FILE, text_keys(mine))
        facts = {
            "encoder": towers.fingerprint,
            "products": towers.product_fingerprint,
            "truncated": 0 if encoded is None else encoded.truncated_texts,
        }
        (target / ENCODER_FILE).write_text(json.dumps(facts))

    def join(self, parts: Sequence[Path], output: Path) -> dict[str, Any]:
        """As `Job`: a directory with the keys and vectors of all texts, in the order of the products."""
        output.mkdir(parents=True, exist_ok=True)
        facts = [json.loads((part / ENCODER_FILE).read_text()) for part in parts]
        rows = [np.load(part / VECTORS_FILE, mmap_mode="r") for part in parts]
        whole_TD = np.lib.format.open_memmap(
            output / VECTORS_FILE, "w+", np.float32, (sum(map(len, rows)), rows[0].shape[1])
        )
        at = 0
        for part_TD in rows:
            whole_TD[at : at + len(part_TD)] = part_TD
            at += len(part_TD)
        whole_TD.flush()
        np.save(output / KEYS_FILE, np.concatenate([np.load(part / KEYS_FILE) for part in parts]))
        # Written last: what has it is whole.
        made_by = {name: facts[0][name] for name in ("encoder", "products")}
        write_atomic(output / ENCODER_FILE, json.dumps(made_by))
        return {
            "texts": at,
            "dim": int(whole_TD.shape[1]),
            "truncated": sum(one["truncated"] for one in facts),
            "encoder": facts[0]["encoder"],
        }


def _texts(place: Path, shard: Shard) -> Path:
    return place / f"texts-{shard.index:05}.json"
