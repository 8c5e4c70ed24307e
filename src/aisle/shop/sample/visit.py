"""One visit of a simulated shopper: what is typed, shown, clicked, carted and bought, in the order of time."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.shop.sample.chance import unit
from aisle.shop.sample.needs import EXACT, PARTLY, Need, true_relevance
from aisle.shop.sample.settings import ShopperSettings
from aisle.shop.sample.shelf import Shelf
from aisle.shop.sample.slips import break_off, slip, typed_prefixes
from aisle.shop.sample.typeahead import Typeahead

# Chance that a looked-at result is clicked, and that a clicked one is carted, by its true relevance.
CLICKED = {EXACT: 0.5, PARTLY: 0.13}
CARTED_AFTER_CLICK = {EXACT: 0.62, PARTLY: 0.35}
CARTED_AT_ONCE = {EXACT: 0.22, PARTLY: 0.05}
ACCIDENT_CARTED = 0.02


@dataclass(kw_only=True, slots=True)
class Visit:
    """The state of one visit; its methods add to `events`."""

    draw: Random
    settings: ShopperSettings
    shelf: Shelf
    typeahead: Typeahead
    say: Callable[[Need], tuple[Sequence[str], Sequence[float]]]
    """Ways to say a need, and their cumulative likelihoods."""
    stamp: Callable[[float], str]
    clock: float
    """Seconds since 1970."""
    store: str
    session_id: str
    events: list[Event] = field(default_factory=list)
    cart: list[tuple[Product, str, str]] = field(default_factory=list)
    """Products carted, each with the query and query id it was carted under."""

    def shop_for(self, need: Need, also: Callable[[], Product | None]) -> None:
        """Search for one need, trying again in other words where nothing suits."""
        tried: set[str] = set()
        for attempt in range(3):
            query = self._write(need, tried)
            if self._search(query, need, also) or self.draw.random() > 0.55 - 0.15 * attempt:
                return
            tried.add(query)
            self._later(2, 12)

    def crawl(self, needs: Sequence[Need]) -> None:
        """Search as a program does: fast, many results opened, nothing bought."""
        for need in needs:
            texts, _ = self.say(need)
            query_id, rows = self._submit(texts[0])
            for position, row in enumerate(rows, 1):
                if self.draw.random() < 0.5:
                    self._later(0.3, 1.0)
                    self._add("click", query=texts[0], query_id=query_id, row=row, position=position)

    def check_out(self) -> None:
        """Buy what is in the cart, mostly."""
        if self.cart and self.draw.random() < 0.8:
            self._later(30, 240)
            for product, query, query_id in self.cart:
                if self.draw.random() < 0.97:
                    self._event("purchase", query=query, query_id=query_id, product_id=product.product_id)

    def _write(self, need: Need, tried: set[str]) -> str:
        """The query as submitted: tapped from the suggestions, or typed out, sometimes with a slip."""
        texts, likely = self.say(need)
        query = ""
        for _ in range(4):  # after a failure, mostly other words
            query = texts[min(bisect(likely, self.draw.random()), len(texts) - 1)]
            if query not in tried:
                break
        typed = query
        chance = self.draw.random()
        if chance < self.settings.typo_share:
            typed = slip(query, self.draw)
        elif chance < self.settings.typo_share + self.settings.half_typed_share:
            typed = break_off(query, self.draw)
        if self.draw.random() < self.settings.typing_share:
            return self._type(typed, need, texts)
        return typed

    def _type(self, query: str, need: Need, texts: Sequence[str]) -> str:
        """Type the query, looking at the suggestions; the one tapped, or else the whole query."""
        for prefix in typed_prefixes(query, self.draw)[:-1]:
            self._later(0.3, 1.5)
            self._event("typed", prefix=prefix)
            shown = self.typeahead.suggestions(prefix)
            for position, text in enumerate(shown, 1):
                self._event("suggestion_shown", query=text, prefix=prefix, position=position)
            for position, text in enumerate(shown, 1):
                looked_at = self.draw.random() < position**-0.6
                if looked_at and self.draw.random() < self._tap_chance(text, prefix, need, texts):
                    self._later(0.4, 1.2)
                    self._event("suggestion_tapped", query=text, prefix=prefix, position=position)
                    return text
        self._later(0.3, 1.5)
        return query

    def _tap_chance(self, text: str, prefix: str, need: Need, texts: Sequence[str]) -> float:
        # Some wordings draw taps and others do not, whatever their popularity; long ones save the most typing.
        appeal = 0.4 + 0.6 * unit(f"appeal {text}")
        saved = min(1.0, (len(text) - len(prefix)) / 8)
        if text in texts:
            return appeal * (0.25 + 0.6 * saved)
        meaning = self.typeahead.meaning(text)
        if need.kinds and set(need.kinds) <= set(meaning.kinds) and not (meaning.brand or meaning.size):
            return 0.12 * appeal * saved
        return 0.003

    def _submit(self, query: str) -> tuple[str, tuple[int, ...]]:
        self._later(0.5, 3)
        query_id = f"q{self.draw.getrandbits(56):014x}"
        self._event("search", query=query, query_id=query_id)
        rows = self.shelf.page(query, self.store, self.settings.page)
        for position, row in enumerate(rows, 1):
            self._add("impression", query=query, query_id=query_id, row=row, position=position)
        return query_id, rows

    def _search(self, query: str, need: Need, also: Callable[[], Product | None]) -> bool:
        """Search, look down the results; whether something was carted."""
        query_id, rows = self._submit(query)
        draw = self.draw.random
        satisfied = False
        for position, row in enumerate(rows, 1):
            if draw() > position**-self.settings.position_decay:
                continue
            product = self.shelf.products[row]
            relevance = true_relevance(need, product)
            # Products differ in what their pictures and prices make of a look.
            drawn_to = 0.6 + 0.8 * float(self.shelf.pull_P[row])
            if draw() < CARTED_AT_ONCE.get(relevance, 0.0) * drawn_to:
                carted = True
            elif draw() < CLICKED.get(relevance, 0.0) * drawn_to or draw() < self.settings.accidental_click:
                self._later(2, 9)
                self._add("click", query=query, query_id=query_id, row=row, position=position)
                carted = draw() < CARTED_AFTER_CLICK.get(relevance, ACCIDENT_CARTED)
            else:
                continue
            if carted:
                self._later(2, 20)
                self._put(product, query, query_id, position)
                satisfied = True
                if draw() > 0.12:
                    break
        if satisfied and draw() < self.settings.also_needed and (product := also() or product):
            # Carted from a shelf of usual purchases beside the results: credited to this search, not meant by it.
            self._later(3, 25)
            self._put(product, query, query_id, 1 + int(draw() * 6) if draw() < 0.5 else None)
        return satisfied

    def _put(self, product: Product, query: str, query_id: str, position: int | None) -> None:
        self._event("add_to_cart", query=query, query_id=query_id, product_id=product.product_id, position=position)
        self.cart.append((product, query, query_id))

    def _add(self, action: str, *, query: str, query_id: str, row: int, position: int) -> None:
        product_id = self.shelf.products[row].product_id
        self._event(action, query=query, query_id=query_id, product_id=product_id, position=position)

    def _event(
        self,
        action: str,
        *,
        query: str = "",
        query_id: str = "",
        product_id: str = "",
        position: int | None = None,
        prefix: str = "",
    ) -> None:
        self.events.append(
            Event(
                action=action,
                timestamp=self.stamp(self.clock),
                session_id=self.session_id,
                query=query,
                query_id=query_id,
                product_id=product_id,
                position=position,
                store=self.store,
                prefix=prefix,
            )
        )

    def _later(self, least: float, most: float) -> None:
        self.clock += least + (most - least) * self.draw.random()
