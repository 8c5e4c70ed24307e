"""The index whose vectors lie in Milvus: it finds the nearest products and filters them, by their own metadata.

Words are searched by this package's own index beside it, not by Milvus's BM25: that one scores a single field without
bounds, while the ranking adds the words of all fields, spellings and compounds, on a scale from 0 to 1, to the cosine.

Legend: N products, D vector length.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.engines.address import Address, parse_address
from aisle.engines.directory import DirectoryIndex
from aisle.engines.interface import IndexStats
from aisle.engines.milvus_collection import Collection
from aisle.engines.record import RECORD_FILE, Record
from aisle.errors import AwayError, UserError
from aisle.search import analysis
from aisle.search.build import build_search
from aisle.search.index import SearchIndex
from aisle.search.pieces import PieceReader
from aisle.shop.product import Product

VECTORS_FILE = "vectors.npy"


class MilvusIndex(DirectoryIndex):
    """Vectors and metadata in one collection. A hybrid search goes by words alone while Milvus does not answer."""

    def __init__(self, directory: Path, address: Address, *, collection: str = "") -> None:
        """`collection` is the name of the one to build; without it, a new name that begins as the address says."""
        super().__init__(directory)
        self._address = address
        self._name = collection

    @cached_property
    def _collection(self) -> Collection:
        collection = open_collection(self._record)
        collection.check()
        return collection

    def _open(self) -> SearchIndex:
        return SearchIndex.open(self._directory, service=self._collection)

    def check(self, products: int) -> None:
        """As `Index`: Milvus must answer."""
        collection = Collection(self._address, self._address.collection, encoder="", dim=0)
        try:
            collection.exists()
        finally:
            collection.close()

    def build(
        self,
        products: Sequence[Product],
        vectors_ND: NDArray[np.float32] | None,
        *,
        encoder: str,
        reader: PieceReader | None = None,
        carts: Mapping[str, int] | None = None,
    ) -> None:
        """As `Index`. The vectors are written beside as well: the next build embeds only the texts that changed."""
        if vectors_ND is None:
            raise UserError(f"index {self._address.uri} keeps vectors; build with an encoder, or use the index `local`")
        name = self._name or new_collection(self._address)
        record = Record(uri=self._address.uri, collection=name, encoder=encoder, dim=int(vectors_ND.shape[1]))
        before = self._collection if (self._directory / RECORD_FILE).exists() else None
        collection = open_collection(record)
        try:
            collection.create()
            self._fill(collection, products, vectors_ND)
        finally:
            collection.close()
        build_search(self._directory, products, None, reader=reader, carts=carts)
        np.save(self._directory / VECTORS_FILE, vectors_ND)
        record.write(self._directory)
        if before is not None:
            before.drop()
        self.close()

    def _fill(self, collection: Collection, products: Sequence[Product], vectors_ND: NDArray[np.float32]) -> None:
        try:
            collection.put(products, vectors_ND)
            collection.flush()
            count = collection.count()
            if count != len(products):
                raise AwayError(f"{self._address.uri}: {count} of {len(products)} products arrived; build again")
        except BaseException:
            collection.drop()
            raise

    def upsert(self, products: Sequence[Product], vectors_ND: NDArray[np.float32] | None, *, encoder: str) -> None:
        """As `Index`. Where Milvus does not take the vectors, that is raised; the new words are found all the same."""
        self._record.check_encoder(encoder, "products")
        if vectors_ND is not None:
            try:
                self._collection.put(products, vectors_ND)
            except BaseException:
                self._changed.put(products, None)
                raise
            self._changed.put(products, None, served=True)
            return
        # Their words first: nobody must find the new text by the old vector meanwhile.
        self._changed.put(products, None)
        self._collection.delete(analysis.id_key(product.product_id) for product in products)

    def delete(self, product_ids: Iterable[str]) -> int:
        """As `Index`."""
        wanted = list(product_ids)
        before = len(self.search_index)
        # Where Milvus does not answer that is raised, and they are not found all the same.
        self._changed.delete(wanted)
        self._collection.delete(analysis.id_key(product_id) for product_id in wanted)
        return before - len(self.search_index)

    def stats(self) -> IndexStats:
        """As `Index`."""
        return IndexStats(
            engine=self._address.uri,
            collection=self._record.collection,
            products=len(self.search_index),
            vectors=self._collection.count(),
            dim=self._record.dim,
            encoder=self._record.encoder,
            bytes=self._bytes(),
        )

    def drop(self) -> None:
        """Delete the collection."""
        self._collection.drop()

    def close(self) -> None:
        """Let go of the connection and the mapped files."""
        super().close()
        collection: Collection | None = self.__dict__.pop("_collection", None)
        if collection is not None:
            collection.close()


def new_collection(address: Address) -> str:
    """A name that no other build has."""
    return f"{address.collection}_{secrets.token_hex(4)}"


def open_collection(record: Record) -> Collection:
    """The collection that a record names; nothing is asked of it yet."""
    return Collection(parse_address(record.uri), record.collection, encoder=record.encoder, dim=record.dim)
