"""How a product becomes the text that the encoder reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

Template: TypeAlias = Literal["plain", "labels", "markers"]
"""`plain` words; `labels`, words that say what each field is; `markers`, tokens that an encoder was trained with."""
TEMPLATES: tuple[Template, ...] = get_args(Template)

MARKERS = ("[PN]", "[PBN]", "[PCS]", "[PAS]")
"""Before name, brand, category and attributes. Source: the field template of ITEMS (arXiv 2209.05555)."""


def product_text(*, title: str, brand: str = "", category: Sequence[str] = (), attributes: Sequence[str] = ()) -> str:
    """One line of plain text: title, brand, leaf category, attributes.

    Plain words and no markers: an encoder that was never trained on field markers reads them as noise. A field whose
    words are already there, whatever their case, is left out: `Fernwood Oat Milk` by `Fernwood` names its brand once.

    Example: `product_text(title="Oat Milk", brand="Fernwood", category=("Dairy", "Plant milk"))`
    gives `"Oat Milk, Fernwood, Plant milk"`.
    """
    parts = [title.strip()]
    for field in (brand, *category[-1:], *attributes):
        value = field.strip()
        if value and value.casefold() not in ", ".join(parts).casefold():
            parts.append(value)
    return ", ".join(part for part in parts if part)


def templated(
    template: Template, *, title: str, brand: str = "", category: Sequence[str] = (), attributes: Sequence[str] = ()
) -> str:
    """The text of a product by one of `TEMPLATES`. Empty fields leave no trace.

    Example, with a title, a brand and a category: `"Oat Milk. Brand: Fernwood. Category: Plant milk."` (labels),
    `"[PN] Oat Milk [PBN] Fernwood [PCS] Plant milk"` (markers).
    """
    if template == "plain":
        return product_text(title=title, brand=brand, category=category, attributes=attributes)
    facts = ", ".join(value.strip() for value in attributes if value.strip())
    fields = [(title or "").strip(), brand.strip(), category[-1].strip() if category else "", facts]
    names = MARKERS if template == "markers" else ("", "Brand: ", "Category: ", "Attributes: ")
    if template == "markers":
        return " ".join(f"{name} {value}" for name, value in zip(names, fields, strict=True) if value)
    return " ".join(f"{name}{value}." for name, value in zip(names, fields, strict=True) if value)
