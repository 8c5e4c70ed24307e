"""`aisle tokenize`: text to tokens and ids, a JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.cli.output import print_json
from aisle.files.lines import read_lines
from aisle.model.source import find_checkpoint
from aisle.sentence.encoder import max_tokens
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
        directory = find_checkpoint(self.encoder)
        tokenizer, limit = Tokenizer.load(directory), max_tokens(directory)
        for text in read_lines(self.input):
            batch = tokenizer.encode_batch([text], max_tokens=limit)
            print_json(
                {
                    "text": text,
                    "normalized": tokenizer.normalize(text),
                    "tokens": tokenizer.tokens(batch.ids[0]),
                    "ids": batch.ids[0],
                    "truncated": batch.cut[0],
                }
            )
