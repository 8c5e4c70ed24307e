"""Training tokens a second, beside the sentence-transformers trainer and a plain transformers loop, in one run.

    python -m benchmarks.train [--data DIR] [--batch 16 128] [--steps 8] [--rounds 3] [--threads 2]

Every contender fine-tunes MiniLM by cosine regression on the same pairs with the same batch size, AdamW, clipping,
dropout and precision (float32, or bf16 where the hardware has it), from tokenizing to the last step; loading and saving
are not counted. Tokens are those of the texts, padding not among them, so they are the same for all. Rounds go in
turns, so that a busy moment of the machine hits all alike; the best round counts. Without `--data` the pairs are titles
of the sample shop; with it sentences of `stsb` and `snli_20k`. The trainer needs the packages datasets and accelerate.
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
from aisle.training.precision import chosen_precision
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


Contender = Callable[[Pairs, int, str], float]
"""Pairs, batch size and precision to seconds."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of the data sets")
    parser.add_argument("--batch", type=int, nargs="+", default=[16, 128], help="pairs a step")
    parser.add_argument("--steps", type=int, default=8, help="steps a round")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0 for its own choice")
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    precision = chosen_precision("auto", torch.device("cpu"))
    for name, pairs in pair_sets(arguments.data).items():
        for batch in arguments.batch:
            rich.print(compare(name, pairs.part(batch * arguments.steps), batch, precision, arguments.rounds))


def compare(name: str, pairs: Pairs, batch: int, precision: str, rounds: int) -> Table:
    """A row a contender: tokens a second, and how many times as many as the first one's."""
    contenders: dict[str, Contender] = {"plain transformers loop": plain_loop}
    if importlib.util.find_spec("datasets") and importlib.util.find_spec("accelerate"):
        contenders["sentence-transformers trainer"] = peer_trainer
    contenders["aisle"] = ours
    seconds: dict[str, list[float]] = {contender: [] for contender in contenders}
    for contender in contenders.values():  # unmeasured: pages weights in, starts threads
        contender(pairs.part(2 * batch), batch, precision)
    for _ in range(rounds):
        for contender, run in contenders.items():
            seconds[contender].append(run(pairs, batch, precision))
    ids = tokenizer().encode_batch(pairs.first + pairs.second, max_tokens=MAX_TOKENS).ids
    tokens = sum(map(len, ids))
    title = f"{name}: {len(pairs):,} pairs of {tokens / len(ids):.1f} tokens a text, batches of {batch}, {precision}"
    table = Table(
        "contender", "tokens/s", "seconds a step", "ratio", title=f"{title}, {torch.get_num_threads()} threads"
    )
    steps = -(-len(pairs) // batch)
    slowest = min(seconds[next(iter(contenders))])
    for contender, taken in seconds.items():
        best = min(taken)
        table.add_row(contender, f"{tokens / best:,.0f}", f"{best / steps:.3f}", f"{slowest / best:.2f}")
    return table


def tokenizer() -> Tokenizer:
    return Tokenizer.load(find_checkpoint("minilm"))


def ours(pairs: Pairs, batch: int, precision: str) -> float:
    """aisle's loop."""
    directory = find_checkpoint("minilm")
    model = Siamese(Encoder.load(directory), PoolingConfig(max_tokens=MAX_TOKENS))
    own = tokenizer()
    rows = zip(pairs.first, pairs.second, pairs.scores, strict=True)
    examples = as_examples([Pair("", first, second, "", "", 0.0) for first, second, _ in rows], targets_N=None)
    settings = TrainingSettings(batch_size=batch, learning_rate=RATE, checkpoint_every=0, precision=precision)  # type: ignore[arg-type]
    started = time.perf_counter()
    table = TokenTable(own.encode_batch(examples.texts, max_tokens=MAX_TOKENS).ids)
    task = SiameseTask(model, own, SiameseSettings(objective="cosine"), with_scores(examples, pairs.scores), table)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        train(task, settings, Path(folder) / "run", progress=clock)
    return clock.last - started


def with_scores(examples: Any, scores: Sequence[float]) -> Any:
    from dataclasses import replace

    return replace(examples, targets_N=torch.tensor(scores, dtype=torch.float32).numpy())


class Clock:
    """Remembers when the last step ended."""

    last = 0.0

    def say(self, line: str) -> None: ...

    def step(self, done: int, total: int, loss: float, tokens_per_second: float) -> None:
        self.last = time.perf_counter()


def peer_trainer(pairs: Pairs, batch: int, precision: str) -> float:
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
        started = time.perf_counter()
        trainer.train()
        return time.perf_counter() - started


def plain_loop(pairs: Pairs, batch: int, precision: str) -> float:
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

    started = time.perf_counter()
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
    return time.perf_counter() - started


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
