"""Texts a second, beside sentence-transformers as it comes and OpenVINO and ONNX Runtime used plainly, in one run.

    python -m benchmarks.encode [--data DIR] [--texts 4000] [--share 1] [--rounds 3] [--threads 0]
        [--sets WORD …] [--engines WORD …]

Without `--data` the texts are titles of the sample shop (simulated) and paragraphs made of them; with it also product
names (`instacart`), sentences (`stsb`) and paragraphs (`wikitext2_devtest`) of DIR; every engine reads 512 tokens.
`--share` takes a part of each set. Every engine encodes the same texts once unmeasured, then `--rounds` times in turns,
so that a busy moment of the machine hits all alike; the median ratio of the rounds counts. On a machine that other work
shares, an engine whose threads wait for each other loses more than its share, so the ratio of processor time stands
beside it, and `--threads 1` gives every engine one thread, which none has to wait for. The cosine is to
sentence-transformers in float32.

Legend: N texts, D vector length.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import rich
from numpy.typing import NDArray
from rich.table import Table

from aisle.model.source import find_checkpoint
from aisle.runtime.hardware import capabilities
from aisle.runtime.settings import EngineSettings, Precision
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.sample.catalogue import sample_catalogue

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Compute = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
LONGEST = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of the data sets")
    parser.add_argument("--texts", type=int, default=4000, help="product names to encode")
    parser.add_argument("--share", type=float, default=1, help="part of each set of texts to take")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds")
    parser.add_argument("--sets", nargs="+", default=[""], help="only sets of texts whose name has one of these words")
    parser.add_argument("--engines", nargs="+", default=[""], help="only engines whose name has one of these words")
    parser.add_argument("--threads", type=int, default=0, help="of every engine; 0 leaves it to each")
    arguments = parser.parse_args()
    every = all_engines(arguments.threads)
    engines = {name: every[name] for name in every if any(word in name for word in arguments.engines)}
    for name, texts in text_sets(arguments.data, arguments.texts).items():
        if not any(word in name for word in arguments.sets):
            continue
        part = texts[: max(1, round(len(texts) * arguments.share))]
        rich.print(compare(name, part, engines, arguments.rounds))
    rich.print(one_query(arguments.rounds))
    rich.print(first_query(arguments.rounds))


def all_engines(threads: int) -> dict[str, Encode]:
    """aisle in each arithmetic that this processor has, and its peers, on so many threads (0: as each takes them)."""
    if threads:
        import torch

        torch.set_num_threads(threads)
    directory = find_checkpoint("minilm")
    engines = {"sentence-transformers f32": peer(directory, "float32")}
    chosen = load("auto", threads)
    engines[f"aisle auto ({chosen.engine.precision})"] = chosen.encode
    for precision in ("f32", "bf16"):
        if precision != chosen.engine.precision and (precision == "f32" or "BF16" in capabilities()):
            engines[f"aisle {precision}"] = load(precision, threads).encode
    plain = PlainTorch(directory, threads)
    if "BF16" in capabilities():
        engines["sentence-transformers bf16"] = peer(directory, "bfloat16")
        engines["OpenVINO bf16, sorted, padded"] = padded(chosen, plain.openvino("bf16"))
    engines["OpenVINO f32, sorted, padded"] = padded(chosen, plain.openvino("f32"))
    if find_spec("onnx") and find_spec("onnxruntime"):
        engines["ONNX Runtime f32, sorted, padded"] = padded(chosen, plain.onnxruntime())
    else:
        print("onnx and onnxruntime are not installed: left out")
    return engines


def peer(directory: Path, dtype: str) -> Encode:
    """sentence-transformers as it comes, in one arithmetic."""
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(directory), device="cpu", model_kwargs={"dtype": getattr(torch, dtype)})
    model.max_seq_length = LONGEST

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.asarray(model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False), np.float32)

    return encode


def load(precision: Precision, threads: int) -> SentenceEncoder:
    """The encoder, reading as many tokens as it has positions for."""
    encoder = SentenceEncoder.load("minilm", settings=EngineSettings(precision=precision, threads=threads))
    encoder.max_tokens = LONGEST
    return encoder


class PlainTorch:
    """The torch model of `transformers`, converted by each runtime's own converter."""

    def __init__(self, directory: Path, threads: int) -> None:
        import torch
        from transformers import AutoModel

        self.threads = threads
        self.model = AutoModel.from_pretrained(directory, attn_implementation="eager").eval()
        self.example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))

    def openvino(self, precision: str) -> Compute:
        import openvino

        names = ("input_ids", "attention_mask")
        example = dict(zip(names, self.example, strict=True))
        model = openvino.convert_model(self.model, example_input=example)
        hints = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": self.threads}
        compiled = openvino.compile_model(model, "CPU", hints)
        return lambda ids, mask: np.asarray(compiled({"input_ids": ids, "attention_mask": mask})[0])

    def onnxruntime(self) -> Compute:
        import onnxruntime
        import torch

        class LastHiddenState(torch.nn.Module):
            def __init__(self, model: torch.nn.Module) -> None:
                super().__init__()
                self.model = model

            def forward(self, ids_BT: torch.Tensor, mask_BT: torch.Tensor) -> torch.Tensor:
                return self.model(input_ids=ids_BT, attention_mask=mask_BT).last_hidden_state

        axes = {0: "texts", 1: "tokens"}
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            file = str(Path(folder) / "model.onnx")
            torch.onnx.export(
                LastHiddenState(self.model),
                self.example,
                file,
                input_names=["input_ids", "attention_mask"],
                output_names=["last_hidden_state"],
                dynamic_axes={"input_ids": axes, "attention_mask": axes, "last_hidden_state": axes},
                dynamo=False,
            )
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self.threads
            session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        return lambda ids, mask: session.run(["last_hidden_state"], {"input_ids": ids, "attention_mask": mask})[0]


def padded(encoder: SentenceEncoder, compute: Compute) -> Encode:
    """A runtime used plainly: sorted, padded batches of 64, one at a time, mean pooling."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        ids = encoder.tokenizer.encode_batch(list(texts), max_tokens=encoder.max_tokens).ids
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        vectors_ND = np.empty((len(ids), encoder.dim), np.float32)
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            longest = len(ids[rows[-1]])
            tokens = np.array([ids[row] + [0] * (longest - len(ids[row])) for row in rows], np.int64)
            mask = np.array([[1] * len(ids[row]) + [0] * (longest - len(ids[row])) for row in rows], np.int64)
            pooled = (compute(tokens, mask) * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
            vectors_ND[rows] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors_ND

    return encode


def text_sets(data: Path | None, count: int) -> dict[str, list[str]]:
    """Names of sets to their texts; the sets that are there."""
    titles = [product.title for product in sample_catalogue(products=count)]
    sets = {"sample shop titles": titles}
    if data is None:
        # Some 12 tokens a title.
        sets["128 tokens of titles"] = [", ".join(titles[at : at + 10]) for at in range(0, len(titles) - 9, 30)]
        sets["512 tokens of titles"] = [", ".join(titles[at : at + 42]) for at in range(0, len(titles) - 41, 120)]
        return sets
    if (path := data / "instacart" / "products.tsv.gz").is_file():
        names = [row["product_name"] for row in rows(path)]
        sets["product names"] = [names[index] for index in np.random.default_rng(0).choice(len(names), count, False)]
    if (path := data / "stsb" / "test.tsv").is_file():
        sets["STS sentences"] = [row["sentence1"] for row in rows(path)]
    if (path := data / "wikitext2_devtest" / "test.txt.gz").is_file():
        with gzip.open(path, "rt", encoding="utf-8") as file:
            words = file.read().split()
        # Some 1.25 tokens a word.
        sets["paragraphs of about 128 tokens"] = [" ".join(words[at : at + 100]) for at in range(0, 15_000, 100)]
        sets["paragraphs of about 512 tokens"] = [" ".join(words[at : at + 400]) for at in range(0, 16_000, 400)]
    return sets


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a TSV file without quoting."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def compare(name: str, texts: list[str], engines: dict[str, Encode], rounds: int) -> Table:
    """A row an engine: texts a second, ratios to the first engine, cosine to it."""
    vectors = {engine: encode(texts) for engine, encode in engines.items()}
    seconds: dict[str, list[float]] = {engine: [] for engine in engines}
    busy: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(rounds):
        for engine, encode in engines.items():
            started, used = time.perf_counter(), time.process_time()
            encode(texts)
            seconds[engine].append(time.perf_counter() - started)
            busy[engine].append(time.process_time() - used)
    columns = ("engine", "best texts/s", "median ratio", "ratio of CPU time", "mean cosine", "least cosine")
    table = Table(*columns, title=f"{name}: {len(texts):,} texts")
    first = next(iter(engines))
    for engine in engines:
        cosines_N = (vectors[engine] * vectors[first]).sum(1)
        table.add_row(
            engine,
            f"{len(texts) / min(seconds[engine]):,.0f}",
            f"{np.median(np.divide(seconds[first], seconds[engine])):.2f}",
            f"{np.median(np.divide(busy[first], busy[engine])):.2f}",
            f"{cosines_N.mean():.5f}",
            f"{cosines_N.min():.5f}",
        )
    return table


def one_query(rounds: int) -> Table:
    """From string to vector, one query at a time, no cache."""
    encoder = SentenceEncoder.load("minilm")
    queries = [f"organic whole milk half gallon {chr(97 + number % 26)}" for number in range(100)]
    encoder.encode(queries[:1])
    times, busy = [], []
    for _ in range(rounds):
        for query in queries:
            started, used = time.perf_counter(), time.process_time()
            encoder.encode([query])
            times.append((time.perf_counter() - started) * 1e3)
            busy.append((time.process_time() - used) * 1e3)
    tokens = len(encoder.tokenizer.encode_batch(queries[:1]).ids[0])
    columns = ("arithmetic", "tokens", "p50 ms", "p99 ms", "p50 ms of CPU time")
    table = Table(*columns, title="one query, string to vector")
    p50, p99 = np.percentile(times, [50, 99])
    table.add_row(encoder.engine.precision, str(tokens), f"{p50:.2f}", f"{p99:.2f}", f"{np.percentile(busy, 50):.2f}")
    return table


def first_query(rounds: int) -> Table:
    """From the start of a process to its first vector, everything imported and loaded, nothing compiled anew."""
    program = "from aisle.sentence.encoder import SentenceEncoder as E; E.load('minilm').encode(['organic whole milk'])"
    times = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", program], check=True)
        times.append(time.perf_counter() - started)
    table = Table("runs", "median s", "least s", title="start of a process to its first vector")
    # The first run may have compiled and calibrated.
    table.add_row(str(rounds), f"{np.median(times[1:]):.2f}", f"{min(times[1:]):.2f}")
    return table


if __name__ == "__main__":
    main()
