"""`aisle tokenizer train`: a WordPiece vocabulary from a corpus."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from aisle.cli.output import print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.errors import UserError
from aisle.tasks.pretrain.settings import CorpusSettings


@dataclass(frozen=True, kw_only=True)
class TokenizerTrain(CorpusSettings):
    """Make a WordPiece vocabulary from a corpus; it is saved as `transformers` reads it.

    `aisle pretrain --tokenizer DIR` uses it.
    """

    corpus: tuple[Path, ...]
    """Text files (.gz too), or tables with `--columns`."""
    output: Path
    """Directory for `tokenizer.json`, `tokenizer_config.json` and `vocab.txt`."""
    vocab_size: int = 30_522
    """The most pieces, special tokens and letters among them."""
    cased: bool = False
    """Tell capital letters from small ones."""
    characters: int = 0
    """Read only so many characters of the corpus; 0 for all."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Read, count, merge, save."""
        from aisle.tasks.pretrain.vocabulary import corpus_tokenizer
        from aisle.text.vocabulary import Vocabulary

        if (self.output / "tokenizer.json").exists():
            raise UserError(f"{self.output} holds a tokenizer already; choose another directory or remove it")
        started = time.perf_counter()
        settings = CorpusSettings(documents=self.documents, columns=self.columns)
        with progress_bar(shown=not self.json) as progress:
            tokenizer = corpus_tokenizer(
                self.corpus,
                self.vocab_size,
                settings,
                lower_case=not self.cased,
                characters=self.characters,
                progress=progress,
            )
        tokenizer.save(self.output)
        Vocabulary.of(tokenizer.fast.get_vocab()).save(self.output / "vocab.txt")
        report = {
            "pieces": tokenizer.vocab_size,
            "seconds": time.perf_counter() - started,
            "output": str(self.output),
        }
        if self.json:
            print_json(report)
        else:
            print_facts(f"vocabulary {self.output}", report)
