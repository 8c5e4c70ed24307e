"""One collection of a Milvus server, cluster or file: made, filled, searched.

The vectors' field bears the name of the encoder that made them, so that Milvus itself refuses to compare them with
those of another.

Legend: N products, C some of them, D vector length.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.engines.address import TOKEN_VARIABLE, Address
from aisle.engines.milvus_rows import KEY, MOST_FACTS, expression, keys_expression, row, signed, unsigned
from aisle.errors import AwayError, DamagedError, UserError
from aisle.search.service import Where
from aisle.shop.product import Product

NEIGHBOURS = 16
EFFORT_BUILD = 200
EFFORT_SEARCH = 256
"""Products that a search keeps in hand (`ef`): with these three recall@10 against all vectors is above 0.99."""
_AT_ONCE = 500
_CONNECT_SECONDS = 10.0
_SEARCH_SECONDS = 3.0
_PAUSE_SECONDS = 2.0
_WRITE_SECONDS = 120.0
_METRIC = "IP"


class Collection:
    """Vectors of products and what filters ask for, as a `VectorService`. Safe to search from many threads."""

    def __init__(self, address: Address, name: str, *, encoder: str, dim: int) -> None:
        self.name = name
        self._address = address
        self._field = f"vector_{encoder[:16]}"
        self._dim = dim
        self._away_until = 0.0

    @cached_property
    def _client(self) -> Any:
        return _connected(self._address)

    @property
    def dim(self) -> int:
        """As `VectorService`."""
        return self._dim

    def create(self) -> None:
        """Make it, empty. Raises `UserError` where there is one of this name."""
        if self.exists():
            raise UserError(f"{self._address.uri}: there is a collection {self.name} already; name another")
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(KEY, DataType.INT64, is_primary=True)
        schema.add_field("product_id", DataType.VARCHAR, max_length=65_535)
        schema.add_field(self._field, DataType.FLOAT_VECTOR, dim=self._dim)
        schema.add_field("price", DataType.DOUBLE)
        schema.add_field("priced", DataType.BOOL)
        schema.add_field("in_stock", DataType.BOOL)
        schema.add_field("facts", DataType.ARRAY, element_type=DataType.INT64, max_capacity=MOST_FACTS)
        indexes = MilvusClient.prepare_index_params()
        indexes.add_index(
            self._field,
            index_type="HNSW",
            metric_type=_METRIC,
            params={"M": NEIGHBOURS, "efConstruction": EFFORT_BUILD},
        )
        with self._translated():
            if "lite" not in self._client.get_server_version():
                # Milvus Lite looks at every row for a filter; a server need not.
                indexes.add_index("facts", index_type="INVERTED")
            self._client.create_collection(
                self.name, schema=schema, index_params=indexes, consistency_level="Session", timeout=_WRITE_SECONDS
            )

    def exists(self) -> bool:
        """Whether there is a collection of this name."""
        with self._translated():
            return bool(self._client.has_collection(self.name, timeout=_CONNECT_SECONDS))

    def check(self) -> None:
        """Raise `DamagedError` where it is not there, or holds vectors of another encoder or length."""
        if not self.exists():
            raise DamagedError(f"{self._address.uri}: there is no collection {self.name}; build the shop again")
        with self._translated():
            fields = self._client.describe_collection(self.name, timeout=_CONNECT_SECONDS)["fields"]
        lengths = {field["name"]: field["params"].get("dim") for field in fields}
        if int(lengths.get(self._field) or 0) != self._dim:
            raise DamagedError(
                f"{self._address.uri}: collection {self.name} holds no vectors of length {self._dim} by encoder "
                f"{self._field.removeprefix('vector_')}; build the shop again"
            )

    def put(self, products: Sequence[Product], vectors_ND: NDArray[np.float32]) -> None:
        """Add rows, or put them in the place of those with the same ids."""
        with self._translated():
            for at in range(0, len(products), _AT_ONCE):
                part = slice(at, at + _AT_ONCE)
                rows = [
                    row(product, vector_D, self._field)
                    for product, vector_D in zip(products[part], vectors_ND[part], strict=True)
                ]
                self._client.upsert(self.name, rows, timeout=_WRITE_SECONDS)

    def flush(self) -> None:
        """Make durable what was put, and let the graph be built."""
        with self._translated():
            self._client.flush(self.name, timeout=_WRITE_SECONDS)

    def delete(self, keys: Iterable[int]) -> None:
        """Take rows out."""
        wanted = [signed(key) for key in keys]
        with self._translated():
            for at in range(0, len(wanted), _AT_ONCE):
                self._client.delete(self.name, ids=wanted[at : at + _AT_ONCE], timeout=_WRITE_SECONDS)

    def count(self) -> int:
        """Rows in it."""
        with self._translated():
            found = self._client.query(
                self.name, filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=_CONNECT_SECONDS
            )
        return int(found[0]["count(*)"])

    def nearest(self, query_D: NDArray[np.float32], where: Where, most: int) -> NDArray[np.uint64]:
        """As `VectorService`."""
        return np.array([unsigned(int(hit[KEY])) for hit in self._hits(query_D, expression(where), most)], np.uint64)

    def cosines(self, keys_C: NDArray[np.uint64], query_D: NDArray[np.float32]) -> NDArray[np.float32]:
        """As `VectorService`."""
        hits = self._hits(query_D, keys_expression(keys_C.tolist()), len(keys_C))
        found = {unsigned(int(hit[KEY])): float(hit["distance"]) for hit in hits}
        # A graph that is walked under a filter may miss some; those are worked out here.
        missed = [key for key in keys_C.tolist() if key not in found]
        for key, vector_D in self._vectors(missed):
            found[key] = float(np.dot(vector_D, query_D))
        return np.array([found.get(key, 0.0) for key in keys_C.tolist()], np.float32)

    def rows(self, keys_C: NDArray[np.uint64]) -> NDArray[np.float32]:
        """As `VectorService`."""
        found = [vector_D for _, vector_D in self._vectors(keys_C.tolist())]
        return np.stack(found) if found else np.zeros((0, self._dim), np.float32)

    def drop(self) -> None:
        """Delete it and all its rows, if it is there."""
        with self._translated():
            self._client.drop_collection(self.name, timeout=_WRITE_SECONDS)

    def close(self) -> None:
        """Let go of the connection."""
        if client := self.__dict__.pop("_client", None):
            client.close()

    def _hits(self, query_D: NDArray[np.float32], condition: str, most: int) -> list[dict[str, Any]]:
        if not most:
            return []
        with self._translated():
            (hits,) = self._client.search(
                self.name,
                data=[query_D],
                anns_field=self._field,
                limit=most,
                filter=condition,
                search_params={"metric_type": _METRIC, "params": {"ef": max(EFFORT_SEARCH, most)}},
                timeout=_SEARCH_SECONDS,
            )
        return list(hits)

    def _vectors(self, keys: list[int]) -> list[tuple[int, NDArray[np.float32]]]:
        if not keys:
            return []
        with self._translated():
            found = self._client.get(
                self.name,
                ids=[signed(key) for key in keys],
                output_fields=[KEY, self._field],
                timeout=_SEARCH_SECONDS,
            )
        return [(unsigned(int(one[KEY])), np.asarray(one[self._field], np.float32)) for one in found]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        # An engine that is down is not asked again by every search that comes meanwhile.
        if time.monotonic() < self._away_until:
            raise AwayError(f"the index {self._address.uri} did not answer a moment ago")
        try:
            with translated(self._address):
                yield
        except AwayError:
            self._away_until = time.monotonic() + _PAUSE_SECONDS
            raise


def _connected(address: Address) -> Any:
    from pymilvus import MilvusClient

    # What it logs is raised as well, and told in our words.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    return MilvusClient(address.connection, token=os.environ.get(TOKEN_VARIABLE, ""), timeout=_CONNECT_SECONDS)


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Whatever Milvus fails with in the block, as ours: without it a search goes by words alone."""
    try:
        import grpc
        from pymilvus.exceptions import MilvusException
    except ImportError:
        raise UserError(
            f"index {address.uri} needs Milvus's client; install it with: pip install 'aisle[milvus]'"
        ) from None
    try:
        yield
    except (MilvusException, grpc.RpcError) as error:
        said = " ".join((str(getattr(error, "message", "")) or str(error)).split())[:200]
        raise AwayError(f"the index {address.uri} does not do what it is asked ({said}); is it up?") from error
