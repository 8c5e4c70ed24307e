"""URIs of indexes.

local                          this package's own files
milvus://host:19530/products   a Milvus server or cluster
milvus+tls://host/products     the same over TLS
milvus:shop.db/products        a file of Milvus Lite, for trying out: one process at a time
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NoReturn

from aisle.errors import UserError

LOCAL = "local"
TOKEN_VARIABLE = "AISLE_MILVUS_TOKEN"
"""Environment variable with `user:password` or an API key. Never part of a URI: those are written into files."""
_PORT = 19530
_COLLECTION = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_ALLOWED = (
    "an index is `local`, milvus://HOST:PORT/COLLECTION, milvus+tls://HOST:PORT/COLLECTION, "
    "or milvus:FILE.db/COLLECTION"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where an index lies."""

    engine: Literal["local", "milvus"]
    uri: str
    """As it was given; `local` where nothing was."""
    connection: str = ""
    """What the engine's client is given: http(s)://host:port, or the path of a file."""
    collection: str = ""
    """What the collections of this index begin with."""


def parse_address(uri: str) -> Address:
    """The address that a URI names. Raises `UserError` for what is none."""
    uri = uri.strip()
    if uri in ("", LOCAL):
        return Address(engine="local", uri=LOCAL)
    scheme, _, rest = uri.partition(":")
    if scheme not in ("milvus", "milvus+tls"):
        _refuse(uri, f"there is no engine {scheme!r}")
    if not rest.startswith("//"):
        if scheme != "milvus":
            _refuse(uri, "a file has no TLS")
        path, _, collection = rest.rpartition("/")
        if not path.endswith(".db"):
            _refuse(uri, "the file's name must end in .db and a collection must follow it")
        return Address(engine="milvus", uri=uri, connection=path, collection=_collection(uri, collection))
    place, _, collection = rest[2:].partition("/")
    if "@" in place:
        # Not repeated: it would be written where the password must not be.
        raise UserError(f"an index URI must hold no user and no password; set {TOKEN_VARIABLE} to user:password")
    host, port = _host_and_port(uri, place)
    http = "https" if scheme == "milvus+tls" else "http"
    return Address(
        engine="milvus", uri=uri, connection=f"{http}://{host}:{port}", collection=_collection(uri, collection)
    )


def _host_and_port(uri: str, place: str) -> tuple[str, int]:
    host, port = place, str(_PORT)
    if not place.endswith("]") and ":" in place:
        host, _, port = place.rpartition(":")
    if not _HOST.fullmatch(host):
        _refuse(uri, f"{host!r} is no host")
    if not port.isascii() or not port.isdigit() or not 1 <= int(port[:6]) <= 65_535:
        _refuse(uri, f"{port!r} is no port")
    return host, int(port)


def _collection(uri: str, name: str) -> str:
    if not _COLLECTION.fullmatch(name):
        _refuse(uri, f"{name!r} is no collection: letters, digits and _ (at most 200, no digit first)")
    return name


def _refuse(uri: str, why: str) -> NoReturn:
    raise UserError(f"index {uri[:200]!r}: {why}; {_ALLOWED}")
