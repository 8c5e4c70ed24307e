"""Tables 1, 5 and 6 of the SBERT paper (arXiv 1908.10084), the paper's numbers beside those of models made here.

    python -m benchmarks.tables --data DIR --output runs/tables [--base DIR] [--corpus FILE …] [--tables 1 5 6]

Every model is made from what DIR holds, and kept in `--output`; a command that was interrupted goes on where it was.

| the paper's | here |
|---|---|
| averaged GloVe vectors | word vectors trained on `--corpus` (all of `classic_books`), averaged |
| BERT, mean or CLS | `--base`: a masked language model, such as `aisle pretrain` makes |
| InferSent | a BiLSTM with max pooling over those word vectors, trained on inference pairs |
| Universal Sentence Encoder | a deep averaging network over them, trained on the same pairs by the same loop |
| SBERT-NLI | `--base`, trained on the same pairs by the same loop |

The paper's models have seen about 30 times as many inference pairs and thousands of times as much text: what can be
compared is the order of the rows, not their height. `--base minilm` is no masked language model: it has been trained on
a billion pairs for the very task, so that its mean, its CLS and what becomes of it say nothing about BERT.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import rich
import torch
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from aisle.evaluation.baselines import baseline
from aisle.evaluation.result import Embed
from aisle.files.atomic import write_atomic
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.tasks.siamese.loading import load_siamese
from aisle.tasks.siamese.settings import SiameseSettings, WordTowerSettings
from aisle.tasks.words.settings import WordVectorSettings
from aisle.tasks.words.training import train_word_vectors
from aisle.training.loop import train
from aisle.training.progress import training_progress
from aisle.training.settings import TrainingSettings
from benchmarks import sts, table6, transfer
from benchmarks.papers_tables import TABLE_1, TABLE_5, PaperTable

EXACT = EngineSettings(precision="f32")
DEV = "snli_20k/test.tsv"
INFERSENT = "u,v,|u-v|,u*v"


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Where everything comes from and is kept."""

    data: Path
    output: Path
    base: str
    corpus: tuple[Path, ...]
    pairs: int
    """Inference pairs to train on; 0 for all."""
    rate: float
    """Learning rate of the base."""

    def models(self) -> Iterator[tuple[str, str, Callable[[], Embed]]]:
        """The paper's name of a model, what stands for it here, and how it is made."""
        yield "Avg. GloVe", "own word vectors", lambda: self._encoder(self.words())
        yield "Avg. BERT", f"{self.base_name}, mean", lambda: self._pooled("mean")
        yield "BERT CLS", f"{self.base_name}, CLS", lambda: self._pooled("cls")
        yield "InferSent", "BiLSTM, max", lambda: self._encoder(self.towers("bilstm"))
        yield "Universal Sentence Encoder", "deep averaging", lambda: self._encoder(self.towers("dan"))
        yield "SBERT-NLI-base", f"{self.base_name}-NLI", lambda: self._encoder(self.sbert())

    @property
    def base_name(self) -> str:
        """What the base is called in tables and in names of directories."""
        return Path(self.base).name

    def words(self) -> Path:
        """Word vectors of the corpus and of the sentences of the inference pairs."""
        target = self.output / "words"
        if not (target / "model.safetensors").is_file():
            texts = dict.fromkeys(
                text for line in self.nli().read_text("utf-8").splitlines()[1:] for text in line.split("\t")[1:]
            )
            sentences = self.output / "nli.txt"
            sentences.write_text("\n".join(texts) + "\n", "utf-8")
            report = train_word_vectors([*self.corpus, sentences], target, WordVectorSettings(epochs=3))
            rich.print(f"word vectors: {report}")
        return target

    def towers(self, architecture: str) -> Path:
        """The BiLSTM or the deep averaging network; the best of two epochs, by the accuracy on other pairs."""
        words = WordTowerSettings(
            architecture=architecture,  # type: ignore[arg-type]
            hidden_size=256 if architecture == "bilstm" else 512,
        )
        training = TrainingSettings(epochs=2, batch_size=64, learning_rate=1e-3)
        settings = SiameseSettings(objective="softmax", concatenation=INFERSENT)
        return self._trained(self.words(), architecture, settings, training, words)

    def sbert(self) -> Path:
        """The base after one epoch of inference pairs, as in the paper."""
        training = TrainingSettings(epochs=1, batch_size=16, learning_rate=self.rate)
        settings = SiameseSettings(objective="softmax", pooling="mean")
        return self._trained(self.base, f"{self.base_name}-nli", settings, training, None)

    def nli(self) -> Path:
        """The inference pairs as one table."""
        path = self.output / f"nli-{self.pairs or 'all'}.tsv"
        if not path.exists():
            table6.write_nli(self.data, path, self.pairs)
        return path

    def _trained(
        self,
        start: str | Path,
        name: str,
        settings: SiameseSettings,
        training: TrainingSettings,
        words: WordTowerSettings | None,
    ) -> Path:
        run = self.output / name
        facts = run / "run.json"
        if not (facts.is_file() and json.loads(facts.read_text())["status"] == "finished"):
            loaded = load_siamese(start, [self.nli()], self.data / DEV, settings, training, words)
            with training_progress() as progress:
                result = train(loaded.task, training, run, progress=progress, about={"model": name})
            rich.print(f"{name}: {result}")
        return run

    def _encoder(self, directory: Path) -> Embed:
        encoder = SentenceEncoder.load(directory, settings=EXACT)
        return lambda texts: encoder.encode(texts, normalize=False)

    def _pooled(self, kind: str) -> Embed:
        scratch = self.output / "poolings" / self.base_name
        if (scratch / kind).is_dir():
            return self._encoder(scratch / kind)
        return baseline(kind, self.base, scratch, EXACT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the data sets")
    parser.add_argument("--output", type=Path, default=Path("runs/tables"), help="directory of models and measures")
    parser.add_argument("--base", default="minilm", help="a masked language model, for the rows of BERT and SBERT")
    parser.add_argument("--corpus", type=Path, nargs="*", default=[], help="raw text for word vectors")
    parser.add_argument("--pairs", type=int, default=0, help="inference pairs to train on; 0 for all")
    parser.add_argument("--pairs6", type=int, default=0, help="inference pairs for Table 6; 0 for all")
    parser.add_argument(
        "--learning-rate", type=float, default=2e-5, help="of the base: the paper's; small ones need more"
    )
    parser.add_argument("--tables", type=int, nargs="+", default=[1, 5, 6], choices=(1, 5, 6), help="only these")
    parser.add_argument("--models", nargs="*", choices=tuple(TABLE_1.rows), help="make and measure only these")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0 for its own choice")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    arguments.output.mkdir(parents=True, exist_ok=True)
    corpus = arguments.corpus or sorted((arguments.data / "classic_books").glob("*.txt.gz"))
    maker = Maker(
        data=arguments.data,
        output=arguments.output,
        base=arguments.base,
        corpus=tuple(corpus),
        pairs=arguments.pairs,
        rate=arguments.learning_rate,
    )
    if maker.base == "minilm" and arguments.models is None:
        rich.print(
            "--base minilm is trained for similarity already: the rows of BERT and SBERT say nothing of the paper"
        )
    for paper in (TABLE_1, TABLE_5):
        if paper.number in arguments.tables:
            show(paper, maker, arguments.models or tuple(paper.rows), arguments.output)
    if 6 in arguments.tables:
        runs = arguments.output / f"table6-{maker.base_name}"
        table6.show(arguments.data, runs, maker.base, arguments.pairs6, seeds=1, rate=maker.rate)


def show(paper: PaperTable, maker: Maker, wanted: Sequence[str], output: Path) -> None:
    """Make the models, measure them on the sets at hand, print the table, and write it as Markdown."""
    measure = MEASURES[paper.number]
    present = [name for name in paper.sets if measure.is_there(name, maker.data)]
    if absent := [name for name in paper.sets if name not in present]:
        rich.print(f"Table {paper.number}: not in {maker.data}, and so not measured: {', '.join(absent)}")
    kept = Measures(output / "measures.json")
    here: dict[str, tuple[str, dict[str, float]]] = {}
    for name, made_of, make in maker.models():
        if name not in wanted:
            continue
        missing = [one for one in present if kept.get(made_of, one) is None]
        embed = make() if missing else None
        for one in missing:
            assert embed is not None
            kept.put(made_of, one, measure.of(embed, one, maker.data))
            rich.print(f"{made_of}, {one}: {kept.get(made_of, one):.2f}")
        here[name] = made_of, {one: found for one in present if (found := kept.get(made_of, one)) is not None}
    Console(width=170).print(as_table(paper, here, present))
    (output / f"table{paper.number}.md").write_text(as_markdown(paper, here, present), "utf-8")


class Measures:
    """Numbers by model and set, in a file, so that nothing is measured twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, dict[str, float]] = json.loads(path.read_text()) if path.is_file() else {}

    def get(self, model: str, one: str) -> float | None:
        """The number, if it has been measured."""
        return self._found.get(model, {}).get(one)

    def put(self, model: str, one: str, value: float) -> None:
        """Keep a number."""
        self._found.setdefault(model, {})[one] = value
        write_atomic(self._path, json.dumps(self._found, indent=2))


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """How a table's numbers come about."""

    is_there: Callable[[str, Path], bool]
    """Whether a set is among the data."""
    of: Callable[[Embed, str, Path], float]
    """The number of a model on a set."""


def _sts_set(name: str) -> sts.StsSet:
    return next(one for one in sts.SETS if one.name == name)


def _transfer_set(name: str) -> transfer.TransferSet:
    return next(one for one in transfer.SETS if one.name == name)


MEASURES = {
    # Over all pairs of a year joined, as the paper does.
    1: Measure(
        is_there=lambda name, data: (data / _sts_set(name).path).is_file(),
        of=lambda embed, name, data: sts.evaluate(embed, _sts_set(name), data).concatenated.spearman,
    ),
    5: Measure(
        is_there=lambda name, data: all((data / path).is_file() for path in _transfer_set(name).train),
        of=lambda embed, name, data: transfer.evaluate(embed, _transfer_set(name), data).accuracy,
    ),
}


def cells(
    paper: PaperTable, name: str, here: dict[str, tuple[str, dict[str, float]]], present: Sequence[str]
) -> list[str]:
    """For each set the paper's number and the one here; last the means over the sets that are measured here."""
    published = dict(zip(paper.sets, paper.rows[name], strict=True))
    found = here[name][1]
    row = []
    for one in paper.sets:
        row += [f"{published[one]:.2f}", f"{found[one]:.2f}" if one in found else "–"]
    if present:
        row += [f"{sum(values[one] for one in present) / len(present):.2f}" for values in (published, found)]
    return row


def heads(paper: PaperTable, present: Sequence[str]) -> list[str]:
    """Heads of the columns of numbers."""
    short = [one.removesuffix(" without SMT").removesuffix(" test") for one in paper.sets]
    short += [f"mean/{len(present)}"] * bool(present)
    return [f"{one} {where}" for one in short for where in ("paper", "here")]


def as_table(paper: PaperTable, here: dict[str, tuple[str, dict[str, float]]], present: Sequence[str]) -> Table:
    """For the terminal."""
    table = Table(title=f"Table {paper.number}: {paper.title}", box=SIMPLE, padding=(0, 0))
    for whose in ("paper", "here"):
        table.add_column(whose, no_wrap=True)
    for head in heads(paper, present):
        one, _, where = head.rpartition(" ")
        table.add_column(f"{one}\n{where}", justify="right", style="" if where == "here" else "dim", no_wrap=True)
    for name, (made_of, _) in here.items():
        table.add_row(name, made_of, *cells(paper, name, here, present))
    return table


def as_markdown(paper: PaperTable, here: dict[str, tuple[str, dict[str, float]]], present: Sequence[str]) -> str:
    """For a page."""
    columns = ["paper", "here", *heads(paper, present)]
    lines = [columns, ["---"] * len(columns)]
    lines += [[name, made_of, *cells(paper, name, here, present)] for name, (made_of, _) in here.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    main()
