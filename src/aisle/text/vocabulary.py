"""A WordPiece vocabulary: the pieces in the order of their ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aisle.errors import UserError


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces and their ids. The id of a piece is its place in the list (its line in `vocab.txt`, from 0)."""

    tokens: tuple[str, ...]
    """Every piece; those that continue a word start with `##`."""
    ids: dict[str, int] = field(init=False, repr=False, compare=False)
    """The id of each piece. A piece listed twice has the later id, as Hugging Face reads such files."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", {token: place for place, token in enumerate(self.tokens)})

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: str) -> bool:
        return token in self.ids

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read `vocab.txt`: UTF-8, a piece a line.

        Raises
            UserError: the file is missing, empty or not UTF-8.
        """
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError as error:
            raise UserError(f"there is no vocabulary at {path}") from error
        except UnicodeDecodeError as error:
            raise UserError(f"{path} is not UTF-8 text ({error.reason} at byte {error.start})") from error
        # Not splitlines: a vocabulary may hold U+0085 or U+2028 as a piece.
        lines = text.removesuffix("\n").split("\n")
        if lines == [""]:
            raise UserError(f"the vocabulary {path} is empty; it needs a piece a line")
        return cls(tuple(lines))

    @classmethod
    def of(cls, ids: Mapping[str, int]) -> Vocabulary:
        """From a mapping of pieces to ids; ids that no piece has are named `[unused…]`."""
        tokens = [f"[unused-id-{place}]" for place in range(max(ids.values(), default=-1) + 1)]
        for token, place in ids.items():
            tokens[place] = token
        return cls(tuple(tokens))

    def save(self, path: Path) -> None:
        """Write `vocab.txt`."""
        path.write_text("\n".join(self.tokens) + "\n", "utf-8", newline="\n")

    def decode(self, ids: Sequence[int]) -> list[str]:
        """The pieces of ids."""
        return [self.tokens[place] for place in ids]
