"""Texts a second, beside sentence-transformers as it comes and OpenVINO and ONNX Runtime used plainly, in one run.

    python -m benchmarks.encode [--data DIR] [--texts 4000] [--rounds 3]

Without `--data` the texts are titles of the sample shop; with it also product names (`instacart`), sentences
(`stsb`) and paragraphs of 128 and 512 tokens (`wikitext2_devtest`) of DIR; every engine reads 512 tokens. Every engine
encodes the same texts once unmeasured, then `--rounds` times in turns, so that a busy moment of the machine hits all
alike; the best round counts, and the median ratio of the rounds stands beside it. The cosine is to
sentence-transformers in float32.

Legend: N texts, D vector length.
"""

from __future__ import annotations

import argparse
import csv
import gzip
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
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.sample.catalogue import sample_catalogue

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Compute = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]
LONGEST = 512


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of the data sets")
    parser.add_argument("--texts", type=int, default=4000, help="product names to encode")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds")
    arguments = parser.parse_args()
    engines = all_engines()
    for name, texts in text_sets(arguments.data, arguments.texts).items():
        rich.print(compare(name, texts, engines, arguments.rounds))
    rich.print(one_query(arguments.rounds))


def all_engines() -> dict[str, Encode]:
    """aisle in each arithmetic that this processor has, and its peers."""
    from sentence_transformers import SentenceTransformer

    directory = find_checkpoint("minilm")
    peer = SentenceTransformer(str(directory), device="cpu")
    peer.max_seq_length = LONGEST
    engines: dict[str, Encode] = {
        "sentence-transformers f32": lambda texts: peer.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
    }
    chosen = load()
    engines[f"aisle auto ({chosen.engine.precision})"] = chosen.encode
    if chosen.engine.precision != "f32":
        engines["aisle f32"] = load(EngineSettings(precision="f32")).encode
    plain = PlainTorch(directory)
    engines["OpenVINO f32, sorted, padded"] = padded(chosen, plain.openvino())
    if find_spec("onnx") and find_spec("onnxruntime"):
        engines["ONNX Runtime f32, sorted, padded"] = padded(chosen, plain.onnxruntime())
    else:
        print("onnx and onnxruntime are not installed: left out")
    return engines


def load(settings: EngineSettings | None = None) -> SentenceEncoder:
    """The encoder, reading as many tokens as it has positions for."""
    encoder = SentenceEncoder.load("minilm", settings=settings)
    encoder.max_tokens = LONGEST
    return encoder


class PlainTorch:
    """The torch model of `transformers`, converted by each runtime's own converter."""

    def __init__(self, directory: Path) -> None:
        import torch
        from transformers import AutoModel

        self.model = AutoModel.from_pretrained(directory, attn_implementation="eager").eval()
        self.example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))

    def openvino(self) -> Compute:
        import openvino

        names = ("input_ids", "attention_mask")
        example = dict(zip(names, self.example, strict=True))
        compiled = openvino.compile_model(openvino.convert_model(self.model, example_input=example), "CPU")
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
            session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
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
    sets = {"sample shop titles": [product.title for product in sample_catalogue(products=count)]}
    if data is None:
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
    """A row an engine: texts a second, ratio to the first engine, cosine to it."""
    vectors = {engine: encode(texts) for engine, encode in engines.items()}
    seconds: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(rounds):
        for engine, encode in engines.items():
            started = time.perf_counter()
            encode(texts)
            seconds[engine].append(time.perf_counter() - started)
    columns = ("engine", "texts/s", "ratio", "median ratio", "mean cosine", "least cosine")
    table = Table(*columns, title=f"{name}: {len(texts):,} texts")
    first = next(iter(engines))
    for engine in engines:
        cosines_N = (vectors[engine] * vectors[first]).sum(1)
        best = min(seconds[engine])
        ratios = np.divide(seconds[first], seconds[engine])
        table.add_row(
            engine,
            f"{len(texts) / best:,.0f}",
            f"{min(seconds[first]) / best:.2f}",
            f"{np.median(ratios):.2f}",
            f"{cosines_N.mean():.5f}",
            f"{cosines_N.min():.5f}",
        )
    return table


def one_query(rounds: int) -> Table:
    """From string to vector, one query at a time, no cache."""
    encoder = SentenceEncoder.load("minilm")
    queries = [f"organic whole milk half gallon {number}" for number in range(100)]
    encoder.encode(queries[:1])
    times = []
    for _ in range(rounds):
        for query in queries:
            started = time.perf_counter()
            encoder.encode([query])
            times.append((time.perf_counter() - started) * 1e3)
    tokens = len(encoder.tokenizer.encode_batch(queries[:1]).ids[0])
    table = Table("arithmetic", "tokens", "p50 ms", "p99 ms", title="one query, string to vector")
    p50, p99 = np.percentile(times, [50, 99])
    table.add_row(encoder.engine.precision, str(tokens), f"{p50:.2f}", f"{p99:.2f}")
    return table


if __name__ == "__main__":
    main()
