"""The sample shop's vocabulary: departments, aisles and kinds of product, read from the TOML files in data/.

One file a department. An aisle gives defaults (picture, sizes with their prices, traits) and a kind may override
them, so that most kinds take one line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of product, such as whole milk: what one need is about."""

    name: str
    """As a title says it, such as "Whole Milk"; unique in the vocabulary."""

    department: str
    """Name of its department."""

    code: str
    """Three letters that start the product ids of its department."""

    aisle: str
    """Name of its aisle."""

    image: str
    """Family of its drawn picture, such as "carton"."""

    sizes: tuple[tuple[str, float], ...]
    """Sizes sold and the usual price of each."""

    flavours: tuple[str, ...] = ()
    """Flavours or other variants; empty where there are none."""

    flavour_name: str = "flavour"
    """What the variants are: "flavour", "scent", "diaper size"."""

    plain: bool = True
    """Whether it is also sold without any of the flavours."""

    traits: tuple[str, ...] = ()
    """Traits some of its products have, such as "organic"."""

    say: tuple[str, ...] = ()
    """Other ways people say it."""

    family: str = ""
    """Wider thing it belongs to, such as "milk"; empty where the kind stands alone."""

    brands: tuple[tuple[str, float], ...]
    """Brands that may make it, with their price level (1 is usual). An empty brand name is an unbranded product."""

    popularity: float = 1.0
    """How often it is wanted, beside the other kinds."""

    season: tuple[int, ...] = ()
    """Months in which it is wanted most; empty where every month is alike."""

    pattern: str = "{brand} {traits} {flavour} {name}"
    """How a title is put together, before the size."""

    about: str = ""
    """What a description says of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """Several kinds that share a common name, such as milk."""

    name: str
    """Its name, as a shopper would type it."""

    say: tuple[str, ...]
    """Other ways people say it."""

    kinds: tuple[str, ...]
    """Names of its kinds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trait:
    """Something some products of a kind are: organic, gluten free."""

    name: str
    """In lower case, as an attribute."""

    price: float
    """Factor on the price."""

    share: float
    """How common it is beside the plain product (which has 1)."""

    say: tuple[str, ...]
    """Other ways people say it."""

    not_with: tuple[str, ...]
    """Words of a name or flavour that contradict it, such as "wheat" and gluten free."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """Everything the sample shop knows to name."""

    kinds: tuple[Kind, ...]
    """In a fixed order."""

    families: tuple[Family, ...]
    """In a fixed order."""

    traits: Mapping[str, Trait]
    """By name."""

    by_name: Mapping[str, Kind]
    """The kinds by their names."""


def read_data(name: str) -> dict[str, Any]:
    """One TOML file of the data directory."""
    return tomllib.loads((resources.files("aisle.shop.sample") / "data" / f"{name}.toml").read_text("utf-8"))


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The whole vocabulary, read once."""
    shop = read_data("shop")
    kinds: list[Kind] = []
    family_say: dict[str, tuple[str, ...]] = {}
    for name in shop["departments"]:
        department = read_data(name)
        for aisle in department["aisle"]:
            family_say |= {family: tuple(say) for family, say in aisle.get("families", {}).items()}
            kinds += [_kind(department, aisle, kind, shop["own_brands"]) for kind in aisle["kinds"]]
    members: dict[str, list[str]] = {family: [] for family in family_say}
    for kind in kinds:
        if kind.family:
            members[kind.family].append(kind.name)
    families = tuple(Family(name=name, say=say, kinds=tuple(members[name])) for name, say in family_say.items())
    traits = {
        name: Trait(
            name=name,
            price=row["price"],
            share=row["share"],
            say=tuple(row["say"]),
            not_with=tuple(row.get("not_with", ())),
        )
        for name, row in read_data("traits").items()
    }
    by_name = {kind.name: kind for kind in kinds}
    return Vocabulary(kinds=tuple(kinds), families=families, traits=traits, by_name=by_name)


def _kind(
    department: dict[str, Any], aisle: dict[str, Any], kind: dict[str, Any], own_brands: dict[str, float]
) -> Kind:
    merged = {**aisle, **kind}
    brands: dict[str, float] = merged.get("brands") or department["brands"]
    if merged.get("own", True):
        brands = {**brands, **own_brands}
    if merged.get("loose", False):  # sold by the piece or weight, mostly without a brand
        brands = {"": 1.0, **brands}
    family: str = merged.get("of", "")
    defaults = Kind.__dataclass_fields__
    return Kind(
        name=kind["name"],
        department=department["department"],
        code=department["code"],
        # Some aisles are split: their families stand in aisles of their own.
        aisle=aisle.get("aisle_of_family", {}).get(family, aisle["name"]),
        image=merged["image"],
        sizes=tuple(merged["sizes"].items()),
        flavours=tuple(merged.get("flavours", ())),
        flavour_name=merged.get("flavour_name", defaults["flavour_name"].default),
        plain=merged.get("plain", not merged.get("flavours")),
        traits=tuple(merged.get("traits", ())),
        say=tuple(kind.get("say", ())),
        family=family,
        brands=tuple(brands.items()),
        popularity=float(kind.get("pop", merged.get("pop", 1.0))),
        season=tuple(merged.get("season", ())),
        pattern=merged.get("pattern", defaults["pattern"].default),
        about=merged.get("about", ""),
    )
