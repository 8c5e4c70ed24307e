"""URIs of ledgers in PostgreSQL: `postgresql://user@host:5432/database?schema=shop`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aisle.errors import UserError

DEFAULT_SCHEMA = "aisle"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, kw_only=True, slots=True)
class PostgresAddress:
    """Where a ledger lies."""

    uri: str
    """As it was given."""
    connection: str
    """What libpq is given: the URI without the schema."""
    schema: str
    """Schema of its tables; several shops share a database under different ones."""


def is_postgres(place: str | Path) -> bool:
    """Whether a ledger's place is a URI and no path."""
    return isinstance(place, str) and place.startswith(("postgresql:", "postgres:"))


def parse_postgres(uri: str) -> PostgresAddress:
    """The place that a URI names. Raises `UserError` for what is none, and for a password, which is not repeated."""
    try:
        parts = urlsplit(uri)
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        password = parts.password
    except ValueError as error:
        raise UserError(f"the ledger's URI cannot be read ({error}); write postgresql://USER@HOST/DATABASE") from None
    if password is not None or any(name in ("password", "sslpassword") for name, _ in options):
        raise UserError(
            "a ledger's URI must hold no password, for it is written into the shop; set PGPASSWORD, or use ~/.pgpass"
        )
    schema = next((value for name, value in options if name == "schema"), DEFAULT_SCHEMA)
    if not _SCHEMA.fullmatch(schema):
        raise UserError(f"schema {schema[:80]!r} is none: small letters, digits and _ (at most 63, no digit first)")
    rest = urlencode([(name, value) for name, value in options if name != "schema"])
    # A host in the path of a socket needs its empty authority: postgresql:///database?host=/run/postgresql
    plain = urlunsplit(("postgresql", parts.netloc, parts.path, rest, ""))
    if not parts.netloc:
        plain = plain.replace("postgresql:", "postgresql://", 1) if not plain.startswith("postgresql://") else plain
    return PostgresAddress(uri=uri, connection=plain, schema=schema)
