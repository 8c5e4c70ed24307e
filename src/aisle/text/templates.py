"""How a product becomes the text that the encoder reads."""

from __future__ import annotations

from collections.abc import Sequence


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
