"""Catalogue files into products."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.shop.catalogue import CatalogueReading, product_from, read_catalogue
from aisle.shop.mapping import ColumnMap
from aisle.shop.product import Product
from aisle.shop.rejects import Reject
from aisle.shop.values import BadValueError

MILK = Product(
    product_id="m-1",
    title="Fernwood Whole Milk, 1 gal",
    brand="Fernwood",
    category=("Dairy & Eggs", "Milk"),
    attributes=("organic", "kosher"),
    description="From one farm.",
    price=4.25,
    stores=("north", "south"),
    in_stock=False,
    image="milk.svg",
)
CELLS: dict[str, Any] = {
    "product_id": "m-1",
    "title": "Fernwood Whole Milk, 1 gal",
    "brand": "Fernwood",
    "category": "Dairy & Eggs > Milk",
    "attributes": "organic; kosher",
    "description": "From one farm.",
    "price": "$4.25",
    "stores": "north|south",
    "in_stock": "out of stock",
    "image": "milk.svg",
}


def opened(
    tmp_path: Path, content: str, name: str = "shop.csv", column_map: ColumnMap | None = None
) -> CatalogueReading:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return read_catalogue(path, column_map)


def csv_of(*rows: dict[str, Any]) -> str:
    quoted = [[f'"{str(value).replace(chr(34), chr(34) * 2)}"' for value in row.values()] for row in rows]
    return "\n".join([",".join(rows[0]), *(",".join(row) for row in quoted)]) + "\n"


def test_every_format_gives_the_same_product(tmp_path: Path) -> None:
    assert list(opened(tmp_path, csv_of(CELLS))) == [MILK]
    tabs = "\t".join(CELLS) + "\n" + "\t".join(CELLS.values()) + "\n"
    assert list(opened(tmp_path, tabs, "shop.tsv")) == [MILK]
    rich = CELLS | {
        "category": ["Dairy & Eggs", "Milk"],
        "attributes": ["organic", "kosher"],
        "price": 4.25,
        "stores": ["north", "south"],
        "in_stock": False,
    }
    assert list(opened(tmp_path, json.dumps(rich) + "\n", "shop.jsonl")) == [MILK]
    (tmp_path / "shop.csv.gz").write_bytes(gzip.compress(csv_of(CELLS).encode()))
    assert list(read_catalogue(tmp_path / "shop.csv.gz")) == [MILK]
    with duckdb.connect(":memory:") as connection:
        source = str(tmp_path / "shop.jsonl")
        target = tmp_path / "shop.parquet"
        connection.execute(f"COPY (SELECT * FROM read_json('{source}')) TO '{target}' (FORMAT parquet)")
    assert list(read_catalogue(target)) == [MILK]


def test_only_id_and_title_are_needed(tmp_path: Path) -> None:
    reading = opened(tmp_path, "sku,name\n7,Oats\n")
    assert list(reading) == [Product(product_id="7", title="Oats")]
    assert reading.resolution.recognised == {"product_id": ("sku",), "title": ("name",)}


def test_several_columns_make_one_path_and_one_list(tmp_path: Path) -> None:
    content = "product_id,title,dep,aisle,diet,size\n1,Milk,Dairy,Milk > Whole,organic; vegan,1 l\n2,Salt,Pantry,,,\n"
    chosen = ColumnMap(category=("dep", "aisle"), attributes=("diet", "size"))
    milk, salt = opened(tmp_path, content, column_map=chosen)
    assert isinstance(milk, Product)
    assert milk.category == ("Dairy", "Milk", "Whole")
    assert milk.attributes == ("organic", "vegan", "1 l")
    assert isinstance(salt, Product)
    assert (salt.category, salt.attributes) == (("Pantry",), ())


def test_a_key_that_json_lines_show_late_is_still_read(tmp_path: Path) -> None:
    lines = [json.dumps({"product_id": str(n), "title": "x"}) for n in range(150)]
    lines.append(json.dumps({"product_id": "150", "title": "x", "brand": "Fernwood"}))
    *_, last = opened(tmp_path, "\n".join(lines) + "\n", "shop.jsonl")
    assert isinstance(last, Product)
    assert last.brand == "Fernwood"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"product_id": ""}, "product_id is empty"),
        ({"product_id": " "}, "product_id is empty"),
        ({"product_id": "x" * 201}, "product_id has 201 characters; at most 200 are allowed"),
        ({"product_id": "a\x07"}, "product_id 'a\\x07' holds the unprintable character U+0007"),
        ({"title": ""}, "title is empty"),
        ({"title": "x" * 2001}, "title has 2,001 characters; at most 2,000 are allowed"),
        ({"price": "-1"}, "price '-1' is negative"),
        ({"price": "cheap"}, "price 'cheap' is not a price; write it like 3.50, $3.50 or 1,234.50"),
        ({"in_stock": "perhaps"}, "in_stock 'perhaps' is neither yes nor no"),
        ({"category": ">".join("abcdefghijk")}, "category has 11 levels; at most 10 are allowed"),
        ({"attributes": "[organic"}, "attributes '[organic' starts like JSON but is not"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_rest_is_read(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    reading = opened(tmp_path, csv_of(CELLS, CELLS | cells, CELLS | {"product_id": "m-2"}))
    first, bad, last = reading
    assert isinstance(first, Product)
    assert isinstance(last, Product)
    assert isinstance(bad, Reject)
    assert bad.line == 3
    assert bad.reason.startswith(reason)
    assert bad.raw.startswith('{"product_id": ')
    assert (reading.products, reading.rejected, reading.duplicates) == (2, 1, 0)


def test_unreadable_rows_are_counted_with_the_unusable(tmp_path: Path) -> None:
    reading = opened(tmp_path, "product_id,title\n1\n2,Milk\n,x\n")
    kinds = [type(record) for record in reading]
    assert kinds == [Reject, Product, Reject]
    assert reading.rejected == 2


def test_an_id_that_comes_again_is_yielded_again_and_counted(tmp_path: Path) -> None:
    reading = opened(tmp_path, "product_id,title\n1,old\n2,x\n1,newer\n1,newest\n")
    titles = [product.title for product in reading if isinstance(product, Product)]
    assert titles == ["old", "x", "newer", "newest"]
    assert (reading.products, reading.duplicates) == (2, 2)


def test_a_header_alone_is_an_empty_catalogue(tmp_path: Path) -> None:
    reading = opened(tmp_path, "product_id,title\n")
    assert list(reading) == []
    assert reading.products == 0


def test_a_missing_title_column_fails_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no column for title"):
        opened(tmp_path, "product_id,words\n1,Milk\n")


def test_one_product_from_an_object() -> None:
    assert product_from({"product_id": 7, "title": "Oats"}) == Product(product_id="7", title="Oats")
    assert product_from(CELLS) == MILK


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"title": "x"}, "product_id is empty"),
        ({"product_id": "1"}, "title is empty"),
        ({"product_id": "1", "title": "x", "colour": "red"}, "unknown field 'colour'; allowed are product_id, title"),
        ({"product_id": "1", "title": "\ud800"}, "half a surrogate"),
    ],
)
def test_an_object_that_is_no_product(values: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadValueError, match=reason):
        product_from(values)


cells = st.sampled_from(["", "1", "Milk", "[", "{}", "a > b", "-3", "3,5", '"', "yes", "\x00", "é" * 300]) | st.text(
    max_size=30
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.lists(cells, min_size=10, max_size=10), max_size=5))
def test_any_row_is_a_product_or_a_reject(tmp_path: Path, rows: list[list[str]]) -> None:
    objects = [dict(zip(CELLS, row, strict=True)) for row in rows]
    path = tmp_path / "shop.jsonl"
    lines = [json.dumps({"product_id": "0", "title": "x"}), *map(json.dumps, objects)]
    path.write_text("\n".join(lines) + "\n")
    reading = read_catalogue(path)
    records = list(reading)
    assert len(records) == len(lines)
    assert reading.products + reading.duplicates + reading.rejected == len(lines)
