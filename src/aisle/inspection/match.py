"""Why two texts match: their cosine taken apart into one number for each pair of tokens.

Legend: A tokens of the first text, B of the second, D hidden size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.inspection.inspector import Inspector


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """The cosine of two texts and where it comes from."""

    cosine: float
    """Of the two sentence vectors."""
    pooling: str
    """How the sentence vectors were made."""
    a: list[str]
    """Tokens of the first text."""
    b: list[str]
    """Tokens of the second."""
    contributions_AB: NDArray[np.float64]
    """What each pair of tokens adds; they sum to the cosine."""
    a_cut: int
    """Tokens of the first text that the sentence vector does not read."""
    b_cut: int
    """Tokens of the second text that the sentence vector does not read."""
    exact: bool
    """Whether the pooling is a sum over tokens, so that the parts are what was computed and not a share of it."""
    two_towers: bool
    """Whether the second text went through a tower of its own."""


def match(inspector: Inspector, text: str, pair: str) -> Match:
    """Encode both texts, each by itself as search does, and take their cosine apart.

    Of a checkpoint with two towers the first text goes through the query tower, the second through that of products.

    With mean pooling u = Σᵢ uᵢ / A and v = Σⱼ vⱼ / B, so cos(u, v) = Σᵢⱼ uᵢ·vⱼ / (A B |u| |v|): every term belongs to
    one pair of tokens. With max pooling each place of u comes from one token, and u·v is summed by the tokens that its
    places come from. With the first token's vector the whole cosine belongs to the two first tokens.
    """
    towers = (inspector, inspector.products)
    read = [(tower, tower.prompt + part, tower.max_tokens) for tower, part in zip(towers, (text, pair), strict=True)]
    a, b = (tower.tokens(part, limit=limit) for tower, part, limit in read)
    a_AD, b_BD = (tower.last_hidden_state(part, limit=limit).astype(np.float64) for tower, part, limit in read)
    # BERT's own pooler is a further layer over the first token; the parts are those of its input.
    modes = ["cls" if tower.pooling == "pooler" else tower.pooling for tower in towers]
    shares_AD, shares_BD = _shares(a_AD, modes[0]), _shares(b_BD, modes[1])
    u_D, v_D = shares_AD.sum(0), shares_BD.sum(0)
    contributions_AB = shares_AD @ shares_BD.T / (np.linalg.norm(u_D) * np.linalg.norm(v_D))
    return Match(
        cosine=float(contributions_AB.sum()),
        pooling=modes[0],
        a=a.tokens,
        b=b.tokens,
        a_cut=a.cut,
        b_cut=b.cut,
        contributions_AB=contributions_AB,
        exact=modes == [tower.pooling for tower in towers],
        two_towers=inspector.products is not inspector,
    )


def _shares(hidden_TD: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    """What each token puts into the sentence vector; the rows sum to it."""
    if mode == "mean":
        return hidden_TD / len(hidden_TD)
    shares_TD = np.zeros_like(hidden_TD)
    if mode == "max":
        winner_D = hidden_TD.argmax(0)
        places_D = np.arange(hidden_TD.shape[1])
        shares_TD[winner_D, places_D] = hidden_TD[winner_D, places_D]
    else:
        shares_TD[0] = hidden_TD[0]
    return shares_TD
