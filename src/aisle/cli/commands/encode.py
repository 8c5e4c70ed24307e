"""`aisle encode`: lines of text to vectors."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from aisle.cli.output import notices, print_facts, print_json
from aisle.cli.progress import progress_bar
from aisle.runtime.settings import EngineSettings, Precision
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.stream import check_output, encode_file


@dataclass(frozen=True, kw_only=True)
class Encode:
    """Write the vectors of lines of text, float32 (lines, dim), in order; an interrupted run goes on where it was."""

    encoder: str = "minilm"
    """`minilm` or a checkpoint directory."""
    input: str
    """Lines of text, .gz too; `-` is standard input."""
    output: str
    """NumPy file to write, such as vectors.npy."""
    normalize: bool = True
    """Scale every vector to unit length."""
    precision: Precision = "auto"
    """Arithmetic: auto takes the fastest that this CPU has in hardware and that keeps the vectors' quality."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Encode the file."""
        check_output(self.output)
        encoder = SentenceEncoder.load(self.encoder, settings=EngineSettings(precision=self.precision))
        with progress_bar(shown=not self.json) as progress:
            report = asdict(encode_file(encoder, self.input, self.output, self.normalize, progress))
        if self.json:
            print_json(report)
        else:
            print_facts(f"wrote {self.output}", report)
        if report["truncated"]:
            notices.print(
                f"{report['truncated']} texts were longer than {encoder.max_tokens} tokens and were cut;"
                " their vectors stand for their beginning"
            )
