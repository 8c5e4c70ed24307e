"""`aisle train words`: word vectors from raw text."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from aisle.cli.output import notices, print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.tasks.words.settings import WordVectorSettings


@dataclass(frozen=True, kw_only=True)
class TrainWords(WordVectorSettings):
    """Learn word vectors from raw text; what is saved is an encoder that averages them.

    It is what sentence encoders are compared with, and what `aisle train siamese --architecture bilstm` (or `dan`)
    starts from. Needs `aisle[words]`.
    """

    corpus: tuple[Path, ...]
    """Text files (.gz too), a paragraph a line; or tables, with `--columns`."""
    output: Path
    """Directory of the encoder."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Count, learn, save."""
        from aisle.tasks.words.training import train_word_vectors

        settings = WordVectorSettings(**{one.name: getattr(self, one.name) for one in fields(WordVectorSettings)})
        with progress_bar(shown=not self.json) as bars:
            found = train_word_vectors(self.corpus, self.output, settings, bars)
        report = asdict(found) | {"output": str(self.output)}
        if self.json:
            print_json(report)
        else:
            print_facts(f"trained {self.output}", report)
        if found.unknown:
            share = found.unknown / (found.unknown + found.running_words)
            notices.print(
                f"{found.unknown:,} tokens of the text ({share:.1%}) are signs, or too rare for a vector of their own"
            )
