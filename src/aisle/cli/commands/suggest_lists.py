"""`aisle suggest lists`: what is always suggested, what never, and what only looks like a repetition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tyro.conf import Positional

from aisle.cli.output import notices, print_json, print_table
from aisle.errors import UserError
from aisle.storefront.shop import Shop
from aisle.suggest.lists import Lists
from aisle.suggest.matching import fold


@dataclass(frozen=True, kw_only=True)
class SuggestLists:
    """Show or change the operator's lists of a shop. They are text files in its directory, under `suggest/`.

    What is never to be suggested is hidden at once, in a running server within seconds; the other lists take effect at
    the next build."""

    shop: Positional[Path]
    """Directory of the shop."""
    always: tuple[str, ...] = ()
    """Texts to suggest however few people search for them."""
    never: tuple[str, ...] = ()
    """Texts never to suggest, nor any text that contains them as whole words."""
    not_duplicates: tuple[str, ...] = ()
    """Two texts that may stand in one list although they look like the same."""
    drop: tuple[str, ...] = ()
    """Texts to take off the lists again."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def __post_init__(self) -> None:
        if len(self.not_duplicates) not in (0, 2):
            raise UserError(f"not_duplicates takes two texts, not {len(self.not_duplicates)}")
        for text in (*self.always, *self.never, *self.not_duplicates):
            if not fold(text):
                raise UserError(f"{text!r} has no words; give a text that could be suggested")

    def run(self) -> None:
        """Change what is asked for, and show what there is."""
        with Shop.open(self.shop):
            lists = Lists.load(self.shop)
        dropped = {fold(text) for text in self.drop}
        pairs = [pair for pair in lists.not_duplicates if not dropped & set(map(fold, pair))]
        changed = replace(
            lists,
            always=_with(lists.always, self.always, dropped),
            never=_with(lists.never, self.never, dropped),
            not_duplicates=tuple(
                dict.fromkeys(
                    [*pairs, *([(self.not_duplicates[0], self.not_duplicates[1])] if self.not_duplicates else [])]
                )
            ),
        )
        if self.always or self.never or self.not_duplicates or self.drop:
            changed.save(self.shop)
        report: dict[str, list[Any]] = {
            "always": list(changed.always),
            "never": list(changed.never),
            "not_duplicates": [list(pair) for pair in changed.not_duplicates],
        }
        if self.json:
            print_json(report)
            return
        rows = [
            (name.replace("_", " "), " | ".join(e) if isinstance(e, list) else e)
            for name, es in report.items()
            for e in es
        ]
        print_table(f"lists of {self.shop}", ("list", "text"), rows)
        if changed != lists:
            notices.print(f"next: aisle shop build {self.shop}")


def _with(before: tuple[str, ...], added: tuple[str, ...], dropped: set[str]) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys((*before, *added)) if fold(text) not in dropped)
