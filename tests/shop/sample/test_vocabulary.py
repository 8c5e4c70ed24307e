"""The vocabulary files fit together."""

from __future__ import annotations

from aisle.shop.sample.thumbnail import SHAPES
from aisle.shop.sample.vocabulary import read_data, vocabulary


def test_a_shop_has_departments_aisles_and_many_kinds() -> None:
    kinds = vocabulary().kinds
    assert len({kind.department for kind in kinds}) >= 20
    assert len({kind.aisle for kind in kinds}) >= 130
    assert len(kinds) >= 1_000


def test_names_of_kinds_are_unique_without_regard_to_case() -> None:
    names = [kind.name.lower() for kind in vocabulary().kinds]
    assert len(names) == len(set(names))


def test_every_kind_has_a_known_picture_traits_family_and_prices() -> None:
    families = {family.name for family in vocabulary().families}
    for kind in vocabulary().kinds:
        assert kind.image in SHAPES, kind
        assert set(kind.traits) <= set(vocabulary().traits), kind
        assert not kind.family or kind.family in families, kind
        assert kind.sizes, kind
        assert all(0.2 <= price <= 60 for _, price in kind.sizes), kind
        assert all(1 <= month <= 12 for month in kind.season), kind


def test_more_of_the_same_unit_costs_more() -> None:
    for kind in vocabulary().kinds:
        by_unit: dict[str, list[tuple[float, float]]] = {}
        for size, price in kind.sizes:
            amount, _, unit = size.partition(" ")
            if amount.replace(".", "").isdigit() and " x " not in size:
                by_unit.setdefault(unit, []).append((float(amount), price))
        for rows in by_unit.values():
            prices = [price for _, price in sorted(rows)]
            assert prices == sorted(prices), kind.name


def test_every_family_has_members() -> None:
    assert all(family.kinds and family.say for family in vocabulary().families)


def test_other_data_files_name_only_what_exists() -> None:
    kinds = set(vocabulary().by_name)
    families = {family.name for family in vocabulary().families}
    for need in read_data("vague")["need"]:
        assert set(need.get("kinds", ())) <= kinds, need["name"]
        assert set(need.get("of", ())) <= families, need["name"]
        assert need.get("trait", "organic") in vocabulary().traits, need["name"]
    for group in read_data("together")["groups"]:
        assert set(group) <= kinds, group


def test_dangerous_near_duplicates_are_different_kinds() -> None:
    pairs = [
        ("Whole Milk", "2% Reduced Fat Milk"),
        ("Salted Butter", "Unsalted Butter"),
        ("Cola", "Diet Cola"),
        ("70% Rubbing Alcohol", "91% Rubbing Alcohol"),
        ("AA Alkaline Batteries", "AAA Alkaline Batteries"),
    ]
    assert all(set(pair) <= set(vocabulary().by_name) for pair in pairs)
    assert {"Size 1", "Size 2"} <= set(vocabulary().by_name["Baby Diapers"].flavours)
    # A product called straws, and a brand one letter from it.
    assert "Paper Straws" in vocabulary().by_name
    assert "Strawes Creamery" in dict(vocabulary().by_name["Whole Milk"].brands)
