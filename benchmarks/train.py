"""Training tokens a second, beside the sentence-transformers trainer and a plain transformers loop, in one run.

    python -m benchmarks.train [--data DIR] [--batch 16 128] [--steps 8] [--rounds 3] [--threads 2]
        [--precision f32 bf16]

Every contender fine-tunes MiniLM by cosine regression on the same pairs with the same batch size, AdamW, clipping,
dropout and precision (float32, and bf16 where the hardware has it), from tokenizing to the last step; loading and
saving are not counted. Tokens are those of the texts, padding not among them, so they are the same for all. Rounds go
in turns, so that a busy moment of the machine hits all alike; the best round counts. Beside the time on the clock
stands the processor time, which other work on the machine hardly touches: with `--threads 1` its ratio is the fairer
one. Where `auto` takes another precision, aisle is shown with that one too. Without `--data` the pairs are titles of
the sample shop; with it sentences of `stsb` and `snli_20k`. The trainer needs the packages datasets and accelerate.
"""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rich
import torch
from rich.table import Table

from aisle.files.tables import Row, read_rows
from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.tasks.siamese.data import Pair, as_examples
from aisle.tasks.siamese.model import Siamese
from aisle.tasks.siamese.settings import SiameseSettings
from aisle.tasks.siamese.task import SiameseTask
from aisle.text.tokenizer import Tokenizer
from aisle.training.loop import train
from aisle.training.packed import TokenTable
from aisle.training.precision import chosen_precision, has_bf16
from aisle.training.settings import TrainingSettings

MAX_TOKENS = 128
RATE = 2e-5


@dataclass(frozen=True)
class Pairs:
    """What is trained on."""

    first: list[str]
    second: list[str]
    scores: list[float]

    def __len__(self) -> int:
        return len(self.scores)

    def part(self, count: int) -> Pairs:
        return Pairs(self.first[:count], self.second[:count], self.scores[:count])


@dataclass(frozen=True)
class Taken:
    """What a run took."""

    seconds: float
    processor: float
    """Seconds of processor time, of all threads."""


Contender = Callable[[Pairs, int, str], Taken]
"""Pairs, batch size and precision to time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of the data sets")
    parser.add_argument("--batch", type=int, nargs="+", default=[16, 128], help="pairs a step")
    parser.add_argument("--steps", type=int, default=8, help="steps a round")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0 for its own choice")
    here = ["f32", "bf16"] if has_bf16(torch.device("cpu")) else ["f32"]
    parser.add_argument("--precision", nargs="+", choices=here, default=here, help="arithmetic of all contenders")
    parser.add_argument("--sets", nargs="+", default=[], help="of the sets of --data only these, such as STS-B")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    for name, pairs in pair_sets(arguments.data).items():
        if arguments.sets and name not in arguments.sets:
            continue
        for batch in arguments.batch:
            for precision in arguments.precision:
                rich.print(compare(name, pairs.part(batch * arguments.steps), batch, precision, arguments.rounds))


def compare(name: str, pairs: Pairs, batch: int, precision: str, rounds: int) -> Table:
    """A row a contender: tokens a second, and how many times as many as the first one's."""
    contenders: dict[str, Contender] = {"plain transformers loop": plain_loop}
    if importlib.util.find_spec("datasets") and importlib.util.find_spec("accelerate"):
        contenders["sentence-transformers trainer"] = peer_trainer
    contenders["aisle"] = ours
    own = chosen_precision("auto", torch.device("cpu"))
    if own != precision:
        contenders[f"aisle, auto ({own})"] = lambda some, size, _: ours(some, size, own)
    taken: dict[str, list[Taken]] = {contender: [] for contender in contenders}
    for contender in contenders.values():  # unmeasured: pages weights in, starts threads
        contender(pairs.part(2 * batch), batch, precision)
    for _ in range(rounds):
        for contender, run in contenders.items():
            taken[contender].append(run(pairs, batch, precision))
    ids = tokenizer().encode_batch(pairs.first + pairs.second, max_tokens=MAX_TOKENS).ids
    tokens = sum(map(len, ids))
    title = f"{name}: {len(pairs):,} pairs of {tokens / len(ids):.1f} tokens a text, batches of {batch}, {precision}"
    columns = ("contender", "tokens/s", "ratio", "tokens a processor second", "ratio")
    table = Table(*columns, title=f"{title}, {torch.get_num_threads()} threads")
    least = {name: (min(t.seconds for t in times), min(t.processor for t in times)) for name, times in taken.items()}
    plain = least[next(iter(contenders))]
    for contender, best in least.items():
        cells = [cell for own, base in zip(best, plain, strict=True) for cell in (tokens / own, base / own)]
        table.add_row(contender, f"{cells[0]:,.0f}", f"{cells[1]:.2f}", f"{cells[2]:,.0f}", f"{cells[3]:.2f}")
    return table


def tokenizer() -> Tokenizer:
    return Tokenizer.load(find_checkpoint("minilm"))


def ours(pairs: Pairs, batch: int, precision: str) -> Taken:
    """aisle's loop."""
    directory = find_checkpoint("minilm")
    model = Siamese(Encoder.load(directory), PoolingConfig(max_tokens=MAX_TOKENS))
    own = tokenizer()
    rows = zip(pairs.first, pairs.second, pairs.scores, strict=True)
    examples = as_examples([Pair("", first, second, "", "", 0.0) for first, second, _ in rows], targets_N=None)
    settings = TrainingSettings(batch_size=batch, learning_rate=RATE, checkpoint_every=0, precision=precision)  # type: ignore[arg-type]
    clock = Clock()
    table = TokenTable(own.encode_batch(examples.texts, max_tokens=MAX_TOKENS).ids)
    task = SiameseTask(model, own, SiameseSettings(objective="cosine"), with_scores(examples, pairs.scores), table)
    with tempfile.TemporaryDirectory() as folder:
        train(task, settings, Path(folder) / "run", progress=clock)
    return clock.taken()


def with_scores(examples: Any, scores: Sequence[float]) -> Any:
    from dataclasses import replace

    return replace(examples, targets_N=torch.tensor(scores, dtype=torch.float32).numpy())


class Clock:
    """Starts when it is made, and remembers when the last step ended."""

    def __init__(self) -> None:
        self.started = self.last = self.now()

    def now(self) -> Taken:
        return Taken(time.perf_counter(), time.process_time())

    def say(self, line: str) -> None: ...

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None:
        self.last = self.now()

    def taken(self) -> Taken:
        return Taken(self.last.seconds - self.started.seconds, self.last.processor - self.started.processor)


def peer_trainer(pairs: Pairs, batch: int, precision: str) -> Taken:
    """sentence-transformers' trainer as its documentation shows it."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers.losses import CosineSimilarityLoss
    from sentence_transformers.training_args import SentenceTransformerTrainingArguments
    from transformers.trainer_callback import PrinterCallback

    model = SentenceTransformer(str(find_checkpoint("minilm")), device="cpu")
    model.max_seq_length = MAX_TOKENS
    data = Dataset.from_dict({"sentence1": pairs.first, "sentence2": pairs.second, "score": pairs.scores})
    with tempfile.TemporaryDirectory() as folder:
        arguments = SentenceTransformerTrainingArguments(
            output_dir=folder,
            num_train_epochs=1,
            per_device_train_batch_size=batch,
            learning_rate=RATE,
            max_grad_norm=1.0,
            bf16=precision == "bf16",
            use_cpu=True,
            save_strategy="no",
            logging_strategy="no",
            report_to=[],
            disable_tqdm=True,
        )
        trainer = SentenceTransformerTrainer(
            model=model, args=arguments, train_dataset=data, loss=CosineSimilarityLoss(model)
        )
        trainer.remove_callback(PrinterCallback)
        clock = Clock()
        trainer.train()
        clock.step(0, 0, 0, 0)
        return clock.taken()


def plain_loop(pairs: Pairs, batch: int, precision: str) -> Taken:
    """transformers and torch, as one writes it in an afternoon: batches at random, padded to their longest text."""
    from transformers import AutoModel, AutoTokenizer

    directory = find_checkpoint("minilm")
    words, model = AutoTokenizer.from_pretrained(directory), AutoModel.from_pretrained(directory).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)

    def vectors(texts: list[str]) -> torch.Tensor:
        inputs = words(texts, padding=True, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")
        hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"].unsqueeze(-1)
        return (hidden * mask).sum(1) / mask.sum(1)

    clock = Clock()
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0)).tolist()
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            u, v = vectors([pairs.first[row] for row in rows]), vectors([pairs.second[row] for row in rows])
        cosines = torch.nn.functional.cosine_similarity(u.float(), v.float())
        loss = torch.nn.functional.mse_loss(cosines, torch.tensor([pairs.scores[row] for row in rows]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        clock.step(0, 0, 0, 0)
    return clock.taken()


def pair_sets(data: Path | None) -> dict[str, Pairs]:
    """Names of sets to their pairs; the sets that are there."""
    if data is None:
        titles = [product.title for product in sample_catalogue(products=4096)]
        return {"sample shop titles": Pairs(titles, titles[1:] + titles[:1], [0.5] * len(titles))}
    sets = {}
    for name, file in (("STS-B", "stsb/train.tsv"), ("SNLI", "snli_20k/train.tsv.gz")):
        if (data / file).is_file():
            rows = [row.values for row in read_rows(data / file) if isinstance(row, Row)]
            # One order for all, and no telling from the place in the file how long a text is.
            order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(1)).tolist()
            rows = [rows[place] for place in order]
            scores = [float(row.get("score") or 2.5) / 5 for row in rows]
            sets[name] = Pairs([row["sentence1"] for row in rows], [row["sentence2"] for row in rows], scores)
    return sets


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
