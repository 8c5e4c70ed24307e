"""The sample shop's catalogue: invented products, the same for the same seed on any machine."""

from __future__ import annotations

import hashlib
import heapq
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from aisle.shop.product import Product
from aisle.shop.sample.chance import unit
from aisle.shop.sample.vocabulary import Kind, read_data, vocabulary

# Products of each kind grow with its popularity, but less: the most wanted kind is not most of the shop.
RANGE_EXPONENT = 0.5
OUT_OF_STOCK = 0.04


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One way to sell a kind: what is drawn, before it is priced and numbered."""

    kind: Kind
    brand: str
    brand_price: float
    flavour: str
    traits: tuple[str, ...]
    size: str
    size_price: float
    weight: float
    """How likely it is to be on the shelf, beside the other variants of the kind."""

    def title(self) -> str:
        """The title, such as "Fernwood Organic Whole Milk, 1 gal"."""
        traits = " ".join(_title_case(trait) for trait in self.traits)
        parts = {"brand": self.brand, "traits": traits, "flavour": self.flavour, "name": self.kind.name}
        words = self.kind.pattern.format(**parts).split()
        # "Blue Corn" and "Corn Tortilla Chips" share a word.
        once = [word for before, word in zip(["", *words], words, strict=False) if word != before]
        return f"{' '.join(once)}, {self.size}"


def sample_catalogue(*, products: int = 12_000, seed: int = 7) -> list[Product]:
    """A plausible grocery catalogue of so many products, in order of product id within each department.

    Raises ValueError where more products are asked for than the vocabulary has combinations.
    """
    if products < 1:
        raise ValueError(f"products must be at least 1, not {products}")
    pools = {kind.name: _pool(kind) for kind in vocabulary().kinds}
    quotas = _quotas({name: len(pool) for name, pool in pools.items()}, products)
    made: list[Product] = []
    serials: dict[str, int] = {}
    for kind in vocabulary().kinds:
        draw = random.Random(f"{seed}/{kind.name}")
        for variant in _pick(pools[kind.name], quotas[kind.name], draw):
            serials[kind.code] = serials.get(kind.code, 1000) + draw.randint(1, 7)
            made.append(_product(variant, serials[kind.code], draw))
    return made


def largest_catalogue() -> int:
    """How many different products the vocabulary can make."""
    return sum(len(_pool(kind)) for kind in vocabulary().kinds)


@lru_cache(maxsize=1)
def store_table() -> dict[str, dict[str, float]]:
    """The stores and what each leans to."""
    return {store: dict(row) for store, row in read_data("shop")["stores"].items()}


def _pool(kind: Kind) -> list[Variant]:
    """Every way this kind could be sold."""
    pool = []
    flavours = ([""] if kind.plain or not kind.flavours else []) + list(kind.flavours)
    for brand_rank, (brand, brand_price) in enumerate(kind.brands):
        # Brands have their strengths: the same few brands lead a kind, others carry a little of it.
        strength = 0.3 + unit(f"{kind.name}|{brand}") ** 2 * (3.0 if brand else 6.0)
        for flavour_rank, flavour in enumerate(flavours):
            for traits, trait_share in _trait_choices(kind, flavour):
                for size_rank, (size, price) in enumerate(kind.sizes):
                    weight = strength * trait_share / math.sqrt(1 + flavour_rank) / (1 + 0.3 * size_rank)
                    pool.append(
                        Variant(
                            kind=kind,
                            brand=brand,
                            brand_price=brand_price,
                            flavour=flavour,
                            traits=traits,
                            size=size,
                            size_price=price,
                            weight=weight / (1 + 0.05 * brand_rank),
                        )
                    )
    return pool


def _trait_choices(kind: Kind, flavour: str) -> Iterator[tuple[tuple[str, ...], float]]:
    """No trait, one, or organic with one other, each with how common it is; none that the name contradicts."""
    table = vocabulary().traits
    words = f"{flavour} {kind.name}".lower()
    possible = [trait for trait in kind.traits if not any(word in words for word in table[trait].not_with)]
    if flavour and kind.flavour_name == "scent":
        possible = [trait for trait in possible if trait != "fragrance free"]
    yield (), 1.0
    for trait in possible:
        yield (trait,), table[trait].share
    if "organic" in possible:
        for trait in possible:
            if trait != "organic":
                yield ("organic", trait), table["organic"].share * table[trait].share * 0.6


def _quotas(sizes: dict[str, int], total: int) -> dict[str, int]:
    """How many products each kind gets: by popularity and room, never more than its pool, in sum `total`."""
    if total > sum(sizes.values()):
        raise ValueError(f"the sample vocabulary makes at most {sum(sizes.values())} products, not {total}")
    weights = {kind.name: kind.popularity**RANGE_EXPONENT * math.sqrt(sizes[kind.name]) for kind in vocabulary().kinds}
    # One of each first, where that is possible.
    quotas = dict.fromkeys(sizes, 1 if total >= len(sizes) else 0)
    left = total - sum(quotas.values())
    while left:
        open_kinds = [name for name in sizes if quotas[name] < sizes[name]]
        scale = left / sum(weights[name] for name in open_kinds)
        for name in open_kinds:
            quotas[name] += (give := min(int(weights[name] * scale), sizes[name] - quotas[name]))
            left -= give
        if left < len(open_kinds):  # what rounding down left over: one each to the heaviest
            heaviest = sorted(open_kinds, key=lambda name: (-weights[name], name))
            for name in [name for name in heaviest if quotas[name] < sizes[name]][:left]:
                quotas[name] += 1
                left -= 1
    return quotas


def _pick(pool: list[Variant], count: int, draw: random.Random) -> list[Variant]:
    """So many variants without repeats, each as likely as its weight, in the pool's order."""
    keys = [draw.random() ** (1 / variant.weight) for variant in pool]
    chosen = heapq.nlargest(count, range(len(pool)), key=lambda i: (keys[i], -i))
    return [pool[i] for i in sorted(chosen)]


def _product(variant: Variant, serial: int, draw: random.Random) -> Product:
    kind = variant.kind
    title = variant.title()
    price = variant.size_price * variant.brand_price * draw.uniform(0.93, 1.07)
    for trait in variant.traits:
        price *= vocabulary().traits[trait].price
    attributes = list(variant.traits)
    if variant.flavour:
        attributes.append(f"{kind.flavour_name}: {variant.flavour.lower()}")
    attributes.append(f"size: {variant.size}")
    return Product(
        product_id=f"{kind.code}-{serial:06d}",
        title=title,
        brand=variant.brand,
        category=(kind.department, kind.aisle, kind.name),
        attributes=tuple(attributes),
        description=_description(variant, draw),
        price=_shelf_price(price),
        stores=_stores(variant, draw),
        in_stock=draw.random() >= OUT_OF_STOCK,
        image=f"{kind.image}-{hashlib.sha256(f'{variant.brand}|{variant.flavour}|{kind.name}'.encode()).hexdigest()[:4]}",
    )


def _shelf_price(price: float) -> float:
    """The nearest price a shop would print: 1.99, 4.49, and whole nines below a dollar."""
    if price < 1:
        return max(0.15, round(price * 100 - 0.001) / 100)
    tens = max(1, round((price + 0.01) * 10))
    return round(tens / 10 - 0.01, 2)


def _description(variant: Variant, draw: random.Random) -> str:
    kind = variant.kind
    about = kind.about or f"{kind.name} for every day"
    parts = [f"{about}."]
    if variant.flavour:
        parts.append(f"{kind.flavour_name.capitalize()}: {variant.flavour.lower()}.")
    if variant.traits:
        parts.append(f"{' and '.join(variant.traits).capitalize()}.")
    if variant.brand:
        parts.append(
            draw.choice(("By {b}.", "From {b}.", "From the {b} range.", "Made by {b}.")).format(b=variant.brand)
        )
    return " ".join(parts)


def _stores(variant: Variant, draw: random.Random) -> tuple[str, ...]:
    """Stores that carry it; empty where all do. Every product is sold somewhere."""
    chances = {}
    for store, row in store_table().items():
        chance = row["share"]
        if variant.brand_price < 0.9:
            chance *= row.get("cheap", 1.0)
        if "organic" in variant.traits:
            chance *= row.get("organic", 1.0)
        if variant.kind.popularity >= 5:
            chance *= row.get("popular", 1.0)
        chances[store] = min(chance, 0.98)
    carried = tuple(store for store, chance in chances.items() if draw.random() < chance)
    if len(carried) == len(chances):
        return ()
    return carried or (max(chances, key=lambda store: (chances[store], store)),)


def _title_case(trait: str) -> str:
    return trait[:1].upper() + trait[1:] if trait[:1].isdigit() else trait.title()
