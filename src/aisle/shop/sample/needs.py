"""What the simulated shoppers really want: needs, how often each is wanted, and what satisfies them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from aisle.shop.product import Product
from aisle.shop.sample.chance import unit
from aisle.shop.sample.settings import ZIPF_EXPONENT
from aisle.shop.sample.vocabulary import Kind, read_data, vocabulary

# Zipf's law with Mandelbrot's shift: without it the most wanted need would be a tenth of all searches.
ZIPF_SHIFT = 4.0
# A season makes what it is about this much more wanted, and the rest of the year this much less.
IN_SEASON, OUT_OF_SEASON = 3.0, 0.5
EXACT, PARTLY, NOT_AT_ALL = 1.0, 0.5, 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """One true intent: kinds of product, and what they should be like."""

    name: str
    """Unique, such as "Whole Milk + organic"."""

    kinds: tuple[str, ...] = ()
    """Kinds of product, any of which will do; empty where the need is for a brand."""

    flavour: str = ""
    """Wanted flavour or variant, as titles write it."""

    trait: str = ""
    """Wanted trait, such as "organic"."""

    brand: str = ""
    """Wanted brand."""

    size: str = ""
    """Wanted size."""

    phrases: tuple[str, ...] = ()
    """For needs that nobody says by a kind's name ("something for breakfast"): how they are said."""

    season: tuple[int, ...] = ()
    """Months in which it is wanted most."""

    weight: float = 0.0
    """Share of all needs, before the season; sums to 1 over all needs."""


@dataclass(slots=True)
class _Stock:
    """What the catalogue has of one kind."""

    flavours: dict[str, int]
    traits: dict[str, int]
    brands: dict[str, int]
    sizes: dict[str, int]


def sample_needs(products: Iterable[Product], *, exponent: float = ZIPF_EXPONENT) -> list[Need]:
    """Every need this catalogue can satisfy, the most wanted first, weighted by Zipf's law."""
    stock = _stock(products)
    wanted = [(weight * _jitter(need.name), need) for weight, need in _wanted(stock)]
    wanted.sort(key=lambda pair: (-pair[0], pair[1].name))
    shares = [(rank + ZIPF_SHIFT) ** -exponent for rank in range(1, len(wanted) + 1)]
    total = sum(shares)
    return [replace(need, weight=share / total) for share, (_, need) in zip(shares, wanted, strict=True)]


def seasonal_weight(need: Need, month: int) -> float:
    """How much the need is wanted in a month (1 to 12)."""
    if not need.season:
        return need.weight
    return need.weight * (IN_SEASON if month in need.season else OUT_OF_SEASON)


def true_relevance(need: Need, product: Product) -> float:
    """1.0 where the product is what was needed, 0.5 where it is nearly (a wanted property is missing, or it is
    a sister kind such as another milk), 0.0 where it is not."""
    kind = product.category[-1] if product.category else ""
    if need.kinds and kind not in need.kinds:
        family = _families_of_kinds().get(kind)
        sister = family is not None and len(need.kinds) == 1 and _families_of_kinds().get(need.kinds[0]) == family
        return PARTLY if sister else NOT_AT_ALL
    if not need.kinds and product.brand != need.brand:
        return NOT_AT_ALL
    return EXACT if not missing_properties(need, product) else PARTLY


def missing_properties(need: Need, product: Product) -> list[str]:
    """Wanted properties the product lacks: any of "flavour", "trait", "brand", "size"."""
    missing = []
    if need.flavour and not any(value.endswith(f": {need.flavour.lower()}") for value in product.attributes):
        missing.append("flavour")
    if need.trait and need.trait not in product.attributes:
        missing.append("trait")
    if need.brand and product.brand != need.brand:
        missing.append("brand")
    if need.size and f"size: {need.size}" not in product.attributes:
        missing.append("size")
    return missing


def _wanted(stock: dict[str, _Stock]) -> Iterable[tuple[float, Need]]:
    """Needs with a rough weight, which only decides their rank."""
    brand_sizes: dict[str, int] = {}
    for kind in vocabulary().kinds:
        if kind.name in stock:
            yield from _kind_needs(kind, stock[kind.name])
            for brand, count in stock[kind.name].brands.items():
                brand_sizes[brand] = brand_sizes.get(brand, 0) + count
    for family in vocabulary().families:
        kinds = tuple(name for name in family.kinds if name in stock)
        if kinds:
            members = [vocabulary().by_name[name] for name in kinds]
            popularities = [member.popularity for member in members]
            weight = max(popularities) + 0.05 * sum(popularities)
            whole = Need(name=f"any {family.name}", kinds=kinds, phrases=(family.name, *family.say))
            yield weight, whole
            for trait in sorted({trait for name in kinds for trait in stock[name].traits}):
                share = vocabulary().traits[trait].share
                ways = tuple(f"{trait} {way}" for way in whole.phrases[:3])
                yield weight * share * 0.4, replace(whole, name=f"{whole.name} + {trait}", trait=trait, phrases=ways)
    for brand, count in brand_sizes.items():
        yield 0.02 * count**0.5, Need(name=f"brand {brand}", brand=brand, phrases=(brand.lower(),))
    members_of = {family.name: family.kinds for family in vocabulary().families}
    for row in read_data("vague")["need"]:
        named = [*row.get("kinds", ()), *(name for family in row.get("of", ()) for name in members_of[family])]
        kinds = tuple(name for name in dict.fromkeys(named) if name in stock)
        if kinds:
            yield (
                row.get("pop", 1.0),
                Need(
                    name=row["name"],
                    kinds=kinds,
                    trait=row.get("trait", ""),
                    phrases=tuple(row["say"]),
                    season=tuple(row.get("season", ())),
                ),
            )


def _kind_needs(kind: Kind, stock: _Stock) -> Iterable[tuple[float, Need]]:
    plain = Need(name=kind.name, kinds=(kind.name,), season=kind.season)
    # Where the variants are the point (diaper sizes), nobody wants the kind without one.
    chosen = kind.flavour_name != "flavour" and not kind.plain
    yield kind.popularity * (0.4 if chosen else 1.0), plain
    for rank, flavour in enumerate(stock.flavours):
        weight = kind.popularity * (0.7 if chosen else 0.3) / (1 + 0.5 * rank)
        yield weight, replace(plain, name=f"{kind.name} + {flavour}", flavour=flavour)
    for trait in stock.traits:
        share = vocabulary().traits[trait].share
        yield kind.popularity * share * 0.6, replace(plain, name=f"{kind.name} + {trait}", trait=trait)
    for brand in sorted(stock.brands, key=lambda name: (-stock.brands[name], name))[:4]:
        yield kind.popularity * 0.07, replace(plain, name=f"{kind.name} by {brand}", brand=brand)
    if len(stock.sizes) > 1:
        for size in stock.sizes:
            yield kind.popularity * 0.04, replace(plain, name=f"{kind.name}, {size}", size=size)


def _stock(products: Iterable[Product]) -> dict[str, _Stock]:
    stock: dict[str, _Stock] = {}
    counted = {kind.name: kind for kind in vocabulary().kinds}
    for product in products:
        kind = counted.get(product.category[-1] if product.category else "")
        if kind is None:
            continue
        row = stock.setdefault(kind.name, _Stock({}, {}, {}, {}))
        if product.brand:
            row.brands[product.brand] = row.brands.get(product.brand, 0) + 1
        for attribute in product.attributes:
            if attribute in kind.traits:
                row.traits[attribute] = row.traits.get(attribute, 0) + 1
            elif attribute.startswith("size: "):
                row.sizes[attribute[6:]] = row.sizes.get(attribute[6:], 0) + 1
            else:
                flavour = next(name for name in kind.flavours if attribute.endswith(f": {name.lower()}"))
                row.flavours[flavour] = row.flavours.get(flavour, 0) + 1
    for name, row in stock.items():  # in the vocabulary's order: the first flavours are the most wanted
        kind = counted[name]
        row.flavours = {flavour: row.flavours[flavour] for flavour in kind.flavours if flavour in row.flavours}
        row.traits = {trait: row.traits[trait] for trait in kind.traits if trait in row.traits}
        row.sizes = {size: row.sizes[size] for size, _ in kind.sizes if size in row.sizes}
    return stock


@lru_cache(maxsize=1)
def _families_of_kinds() -> dict[str, str]:
    return {kind.name: kind.family for kind in vocabulary().kinds if kind.family}


def _jitter(name: str) -> float:
    """A factor from 0.6 to 1.6 that depends on the name alone, so that ranks are not in neat blocks."""
    return 0.6 + unit(name)


def weights_by_month(needs: Sequence[Need]) -> dict[int, list[float]]:
    """For each month, every need's weight in it, in the order of the needs."""
    return {month: [seasonal_weight(need, month) for need in needs] for month in range(1, 13)}
