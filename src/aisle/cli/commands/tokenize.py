"""`aisle tokenize`: text to tokens and ids, a JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.cli.output import print_json
from aisle.files.lines import read_lines
from aisle.model.source import find_checkpoint
from aisle.text.tokenizer import Tokenizer


@dataclass(frozen=True, kw_only=True)
class Tokenize:
    """Print for each line of text its normalised form, tokens, ids, and how many tokens did not fit."""

    encoder: str = "minilm"
    """Encoder whose vocabulary is used: `minilm` or a checkpoint directory."""
    input: str = "-"
    """Lines of text, .gz too; `-` is standard input."""

    def run(self) -> None:
        """Tokenise line by line."""
        tokenizer = Tokenizer.load(find_checkpoint(self.encoder))
        for text in read_lines(self.input):
            print_json(tokenizer.describe(text))
