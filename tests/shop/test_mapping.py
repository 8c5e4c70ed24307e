"""Which column is which field: the mapping file, usual names, and the errors that help."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.shop.columns import plain_name
from aisle.shop.mapping import ColumnMap, EventMap, load_column_map, load_event_map, load_mapping


def resolved(*columns: str, **chosen: object) -> dict[str, tuple[str, ...]]:
    return dict(ColumnMap(**chosen).resolve(columns, "shop.csv").columns)  # type: ignore[arg-type]


def written(tmp_path: Path, content: str, name: str = "map.toml") -> Path:
    path = tmp_path / name
    path.write_text(content)
    return path


def test_fields_are_found_by_their_own_names() -> None:
    found = resolved("product_id", "title", "price", "colour")
    assert found == {"product_id": ("product_id",), "title": ("title",), "price": ("price",)}


@pytest.mark.parametrize(
    ("column", "name"), [("Product ID", "product_id"), ("productId", "product_id"), ("S-K", "s_k")]
)
def test_case_and_style_of_a_name_do_not_matter(column: str, name: str) -> None:
    assert plain_name(column) == name


def test_usual_other_names_are_recognised_and_reported() -> None:
    resolution = ColumnMap().resolve(("SKU", "Product Name", "department", "aisle", "aisle_id"), "shop.csv")
    assert resolution.columns == {
        "product_id": ("SKU",),
        "title": ("Product Name",),
        "category": ("department", "aisle"),
    }
    assert resolution.notes() == [
        "product_id is read from 'SKU'",
        "title is read from 'Product Name'",
        "category is read from 'department' > 'aisle'",
        "not read: 'aisle_id'",
    ]


def test_a_column_of_its_own_name_wins_over_other_names() -> None:
    assert resolved("id", "product_id", "name", "title") == {"product_id": ("product_id",), "title": ("title",)}


def test_a_category_is_extended_by_its_sub_category_unless_the_user_chose() -> None:
    columns = ("product_id", "title", "category", "sub_category")
    assert resolved(*columns)["category"] == ("category", "sub_category")
    assert resolved(*columns, category=("category",))["category"] == ("category",)
    assert resolved(*columns, brand="sub_category")["category"] == ("category",)


def test_an_ambiguous_optional_field_stays_empty_and_is_reported() -> None:
    resolution = ColumnMap().resolve(("product_id", "title", "sale_price", "list_price"), "shop.csv")
    assert "price" not in resolution.columns
    assert (
        "price stays empty: it could be 'sale_price' or 'list_price'; name one in the mapping file"
        in resolution.notes()
    )


def test_an_ambiguous_required_field_is_an_error_that_shows_what_to_write() -> None:
    with pytest.raises(UserError) as caught:
        resolved("sku", "barcode", "title")
    assert "product_id could be 'sku' or 'barcode'" in str(caught.value)
    assert 'product_id = "sku"' in str(caught.value)


def test_a_missing_required_field_lists_the_columns() -> None:
    with pytest.raises(UserError) as caught:
        resolved("id", "description", "energy")
    assert "shop.csv: no column for title" in str(caught.value)
    assert "'id', 'description', 'energy'" in str(caught.value)
    assert 'title = "energy"' in str(caught.value)


def test_a_mapped_column_that_is_not_there_suggests_the_nearest() -> None:
    with pytest.raises(UserError) as caught:
        resolved("id", "product_name", title="produkt_name")
    assert "'produkt_name', which is not there" in str(caught.value)
    assert "did you mean 'product_name'?" in str(caught.value)


def test_two_columns_of_one_plain_name_are_not_guessed_between() -> None:
    with pytest.raises(UserError, match="no column for product_id"):
        resolved("Product ID", "productId", "title")


def test_a_mapping_file_in_toml_and_in_json(tmp_path: Path) -> None:
    toml = written(
        tmp_path,
        'title = "name"\ncategory = ["department", "aisle"]\nattributes = "tags"\n'
        '[events]\nquery = "term"\nfirst_position = 0\n[actions]\nview = "click"\n',
    )
    expected = ColumnMap(title="name", category=("department", "aisle"), attributes=("tags",))
    events = EventMap(query="term", first_position=0, actions={"view": "click"})
    assert load_column_map(toml) == expected
    assert load_event_map(toml) == events
    content = {
        "title": "name",
        "category": ["department", "aisle"],
        "attributes": "tags",
        "events": {"query": "term", "first_position": 0},
        "actions": {"view": "click"},
    }
    mapping = load_mapping(written(tmp_path, json.dumps(content), "map.json"))
    assert (mapping.catalogue, mapping.events) == (expected, events)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('name = "x"\n', "unknown key 'name' for a catalogue mapping; allowed are product_id, title, brand"),
        ('[events]\ntitle = "x"\n', "unknown key 'title' for a events mapping; allowed are action, timestamp"),
        ('title = ["a", "b"]\n', "title is read from one column; a list is allowed for attributes, category"),
        ("title = 3\n", "title must be the name of a column"),
        ('title = ""\n', "title must be the name of a column"),
        ("category = []\n", "category must be the name of a column or a list of names"),
        ('[actions]\nview = "look"\n', "'view' is mapped to 'look'; allowed are search, impression, click"),
        ("events = 3\n", "must be tables"),
        ("[events]\nfirst_position = 2\n", "first_position is 2; it must be 1 or 0"),
        ("title: name\n", "not a TOML mapping file"),
    ],
)
def test_a_wrong_mapping_file_says_what_is_allowed(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(UserError) as caught:
        load_mapping(written(tmp_path, content))
    assert words in str(caught.value)
    assert "map.toml" in str(caught.value)


@pytest.mark.parametrize("content", ["{", "[]", "null", "\xff", "[" * 100_000])
def test_a_broken_json_mapping_is_an_error(tmp_path: Path, content: str) -> None:
    path = tmp_path / "map.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(UserError, match=r"map\.json"):
        load_mapping(path)


def test_a_missing_mapping_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        load_mapping(tmp_path / "none.toml")


def test_columns_of_a_flat_log() -> None:
    found = EventMap().resolve(("event_type", "ts", "client_id", "search_term", "sku"), "log.csv").columns
    assert found == {
        "action": ("event_type",),
        "timestamp": ("ts",),
        "session_id": ("client_id",),
        "query": ("search_term",),
        "product_id": ("sku",),
    }
    with pytest.raises(UserError, match=r"no column for session_id.*\[events\] session_id = "):
        EventMap().resolve(("action", "timestamp", "who"), "log.csv")


leaves = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=4), max_size=2)
keys = st.sampled_from(["title", "price", "columns", "events", "catalogue", "session_id"]) | st.text(max_size=5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(values=st.dictionaries(keys, leaves | st.dictionaries(keys, leaves, max_size=3), max_size=4) | leaves)
def test_whatever_a_file_of_mappings_holds_it_is_read_or_refused(tmp_path: Path, values: Any) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps(values))
    with suppress(UserError):
        load_mapping(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(content=st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_whatever_bytes_a_file_of_mappings_has_it_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("map.json", "map.toml"):
        (tmp_path / name).write_bytes(content)
        with suppress(UserError):
            load_mapping(tmp_path / name)
