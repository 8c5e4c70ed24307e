"""What a shopper can do, by the names this shop uses and by the names that logs use."""

from __future__ import annotations

from collections.abc import Mapping

from aisle.shop.values import BadValueError, shown

ACTIONS = (
    "search",
    "impression",
    "click",
    "add_to_cart",
    "purchase",
    "typed",
    "suggestion_shown",
    "suggestion_tapped",
)
"""Every action. Their places in this tuple are stored in ledgers: append only."""

ON_PRODUCTS = frozenset({"impression", "click", "add_to_cart", "purchase"})
"""Actions that are about one product."""

_OTHER_NAMES = {
    "query": "search",
    "on_search": "search",
    "view_search_results": "search",
    "click_through": "click",
    "product_click": "click",
    "addtocart": "add_to_cart",
    "add_cart": "add_to_cart",
    "cart": "add_to_cart",
    "cart_add": "add_to_cart",
    "buy": "purchase",
    "order": "purchase",
}


def action_named(name: str, own_names: Mapping[str, str]) -> str:
    """The action that a log calls `name`; `own_names` are the shop's own. Raises `BadValueError` for an unknown one."""
    if name in own_names:
        return own_names[name]
    if name in ACTIONS:
        return name
    plain = "_".join(name.strip().lower().replace("-", " ").split())
    if plain in own_names:
        return own_names[plain]
    action = _OTHER_NAMES.get(plain, plain)
    if action in ACTIONS:
        return action
    raise BadValueError(f"unknown action {shown(name)}; known are {', '.join(ACTIONS)}; map others under [actions]")
