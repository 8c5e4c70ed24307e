"""What the sample shop says of itself, and the settings of its simulated shoppers."""

from __future__ import annotations

from dataclasses import dataclass

SIMULATED_NOTE = (
    "Simulated: the products and shoppers of the sample shop are invented; its numbers say nothing of a real shop."
)


ZIPF_EXPONENT = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ShopperSettings:
    """How the simulated shoppers behave. The defaults resemble a busy online grocer."""

    needs_per_session: float = 1.8
    """Mean number of needs a session searches for; at least one."""

    zipf_exponent: float = ZIPF_EXPONENT
    """How steeply needs fall off in popularity: the r-th most wanted is wanted in proportion to about r to minus
    this."""

    typo_share: float = 0.11
    """Chance of a slip of the fingers in a query that is typed out; taps on suggestions and short words make it
    about 0.08 of the submitted queries."""

    half_typed_share: float = 0.03
    """Chance that a typed query is submitted before its last word is finished."""

    page: int = 12
    """Results shown for each search."""

    position_decay: float = 0.7
    """The result in place p is looked at with probability p to minus this."""

    accidental_click: float = 0.008
    """Chance that a seen but unwanted result is clicked."""

    also_needed: float = 0.12
    """Chance that a cart-add after a search is joined by something else that was also needed."""

    bot_share: float = 0.004
    """Share of sessions that are programs: many searches, no purchase."""

    typing_share: float = 0.35
    """Share of searches for which the typed prefixes and the suggestions shown are logged."""
