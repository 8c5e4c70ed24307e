"""A product as the product tower reads it."""

from __future__ import annotations

from aisle.shop.product import Product
from aisle.text.templates import Template, templated


def encoded_text(product: Product, template: Template = "plain") -> str:
    """What the product tower reads of a product."""
    return templated(
        template, title=product.title, brand=product.brand, category=product.category, attributes=product.attributes
    )
