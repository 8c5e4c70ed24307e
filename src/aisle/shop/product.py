"""One product of a shop, as the ledger keeps it and as search shows it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """A thing the shop sells. Only the id and the title are required."""

    product_id: str
    """The shop's own number for it (SKU), unique in the shop."""

    title: str
    """What a shopper reads first, such as "Fernwood Organic Whole Milk, 1 gal"."""

    brand: str = ""
    """Brand name; empty where there is none."""

    category: tuple[str, ...] = ()
    """Path from department down, such as ("Dairy & Eggs", "Milk", "Whole Milk")."""

    attributes: tuple[str, ...] = ()
    """Short facts such as "organic" or "size: 1 gal"."""

    description: str = ""
    """Free text."""

    price: float | None = None
    """In the shop's currency; None where the price is unknown."""

    stores: tuple[str, ...] = ()
    """Ids of the stores that carry it; empty means every store."""

    in_stock: bool = True
    """Whether it can be bought now."""

    image: str = ""
    """Name or address of its picture; empty where there is none."""
