"""An index by its URI."""

from __future__ import annotations

import logging
from pathlib import Path

from aisle.engines.address import parse_address
from aisle.engines.interface import Index
from aisle.engines.local import LocalIndex
from aisle.engines.record import RECORD_FILE, Record
from aisle.errors import AwayError
from aisle.ranking.model import Ranker
from aisle.search.cutoff import Cutoff
from aisle.search.index import SearchIndex
from aisle.search.service import VectorService

logger = logging.getLogger("aisle.engines")


def open_index(uri: str, directory: Path, *, collection: str = "") -> Index:
    """The index at `uri`, to be built or to be used; `directory` has what lies on this machine.

    `collection` is the name to build under, where the URI's engine has such; without it, a new one.
    Raises `UserError` for a URI that is none.
    """
    address = parse_address(uri)
    if address.engine == "local":
        return LocalIndex(directory)
    # The client of an engine is loaded where it is used, and nowhere else.
    from aisle.engines.milvus_index import MilvusIndex

    return MilvusIndex(directory, address, collection=collection)


def drop_collection(uri: str, name: str) -> None:
    """Delete what an engine keeps under this name, if it is there. Raises `AwayError` where it does not answer."""
    from aisle.engines.milvus_collection import Collection

    collection = Collection(parse_address(uri), name, encoder="", dim=0)
    try:
        collection.drop()
    finally:
        collection.close()


def open_search(directory: Path, *, ranker: Ranker | None = None, cutoff: Cutoff | None = None) -> SearchIndex:
    """What answers from a built index, wherever its vectors lie.

    Raises `DamagedError` for broken files or a collection that is gone. An engine that does not
    answer is no error: searches say so until it does.
    """
    return SearchIndex.open(directory, ranker=ranker, cutoff=cutoff, service=_service(directory))


def _service(directory: Path) -> VectorService | None:
    # Versions that were built before there were engines have no record; their vectors lie with them.
    if not (directory / RECORD_FILE).exists():
        return None
    record = Record.read(directory)
    if parse_address(record.uri).engine == "local":
        return None
    from aisle.engines.milvus_index import open_collection

    collection = open_collection(record)
    try:
        collection.check()
    except AwayError as error:
        # It may come back at any moment; until then hybrid searches go by words alone, and each says so.
        logger.warning("%s", error)
    return collection
