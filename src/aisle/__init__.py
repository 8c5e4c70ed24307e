"""aisle: from the sentence to the shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aisle.sentence.encoder import SentenceEncoder
    from aisle.storefront.shop import Shop

__all__ = ["SentenceEncoder", "Shop", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Imported on first use, so that `import aisle` and `aisle --help` stay instant.
    if name == "SentenceEncoder":
        from aisle.sentence.encoder import SentenceEncoder

        return SentenceEncoder
    if name == "Shop":
        from aisle.storefront.shop import Shop

        return Shop
    raise AttributeError(f"module 'aisle' has no attribute {name!r}")
