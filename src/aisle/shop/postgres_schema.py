"""The tables of a ledger in PostgreSQL: those of `schema.py`, in its types.

Texts are compared byte by byte (COLLATE "C"), as SQLite does, so that orders do not depend on a server's language.
"""

from __future__ import annotations

from aisle.shop.schema import SCHEMA_VERSION

LAYOUT = SCHEMA_VERSION

TABLES = f"""
CREATE TABLE products (
    product_id TEXT COLLATE "C" PRIMARY KEY,
    title TEXT COLLATE "C" NOT NULL,
    brand TEXT COLLATE "C" NOT NULL,
    category TEXT COLLATE "C" NOT NULL,
    attributes TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C" NOT NULL,
    price DOUBLE PRECISION,
    stores TEXT COLLATE "C" NOT NULL,
    in_stock INTEGER NOT NULL,
    image TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX products_by_revision ON products (revision);

CREATE TABLE deleted (product_id TEXT COLLATE "C" PRIMARY KEY, revision BIGINT NOT NULL);
CREATE INDEX deleted_by_revision ON deleted (revision);

-- A text may be longer than an entry of an ordered index. Writers wait for each other, so none comes twice.
CREATE TABLE queries (
    query_no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    query TEXT COLLATE "C" NOT NULL,
    normalized TEXT COLLATE "C" NOT NULL
);
CREATE INDEX queries_by_text ON queries USING hash (query);

CREATE TABLE events (
    event_no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action INTEGER NOT NULL,
    at BIGINT NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    query_no BIGINT,
    query_id TEXT COLLATE "C" NOT NULL,
    product_id TEXT COLLATE "C" NOT NULL,
    position BIGINT,
    store TEXT COLLATE "C" NOT NULL,
    prefix TEXT COLLATE "C" NOT NULL
);

CREATE TABLE counters (name TEXT COLLATE "C" PRIMARY KEY, value BIGINT NOT NULL);
INSERT INTO counters VALUES ('revision', 0), ('layout', {LAYOUT});

CREATE FUNCTION aisle_each(list TEXT) RETURNS TABLE (value TEXT) LANGUAGE sql IMMUTABLE STRICT
    AS 'SELECT json_array_elements_text(list::json)';
"""
