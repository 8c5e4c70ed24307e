"""`aisle complete`: the rest of a sentence that is being written."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tyro.conf import Positional

from aisle.cli.output import print_facts, print_json
from aisle.tasks.complete.completer import Completer
from aisle.tasks.complete.sample import sample_completer
from aisle.tasks.complete.settings import CompletionSettings


@dataclass(frozen=True, kw_only=True)
class Complete:
    """Complete a sentence that is being written, or say nothing where the model is not sure.

    Without --model it uses the small completer that comes with the package. That one has learnt from letters between a
    shop and its customers that aisle made up itself (simulated), and knows little else: train your own with
    `aisle train completer`.
    """

    text: Positional[str]
    """What has been typed so far; it may stop within a word."""
    model: Path | None = None
    """Directory of a trained completer."""
    subject: str = ""
    """Subject of the message."""
    previous: str = ""
    """The message that is answered."""
    coverage: float = 0.0
    """Share of places at which a completion is to be shown; 0 for what the model was trained with."""
    max_tokens: int = 12
    """The most tokens written beyond what has been typed."""
    min_characters: int = 5
    """The fewest characters of a completion."""
    beams: int = 3
    """Beginnings that are followed side by side."""
    neutral_pronouns: bool = True
    """Never write he, she and their forms after an occupation."""
    hold_back: bool = True
    """Never write out phrases that few documents of the corpus had."""
    blocked: tuple[str, ...] = ()
    """Words that are never written, beside those of the package's own list."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Complete and print."""
        settings = CompletionSettings(
            beams=self.beams,
            max_tokens=self.max_tokens,
            min_characters=self.min_characters,
            coverage=self.coverage,
            neutral_pronouns=self.neutral_pronouns,
            hold_back=self.hold_back,
            blocked=self.blocked,
        )
        directory = sample_completer() if self.model is None else self.model
        found = Completer.load(directory, settings).complete(self.text, subject=self.subject, previous=self.previous)
        report = asdict(found) | {"model": "sample (simulated letters)" if self.model is None else str(self.model)}
        if self.json:
            print_json(report)
        else:
            print_facts(self.text + (found.completion if found.shown else ""), report)
