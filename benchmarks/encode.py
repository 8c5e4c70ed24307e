"""Texts a second, beside sentence-transformers as it comes and OpenVINO used plainly, in one run.

    python -m benchmarks.encode [--data DIR] [--texts 4000] [--rounds 3]

Without `--data` the texts are titles of the sample shop; with it also product names (`instacart`), sentences
(`stsb`) and paragraphs (`wikitext2_devtest`) of DIR. Every engine encodes the same texts once unmeasured, then
`--rounds` times in turns, so that a busy moment of the machine hits all alike; the best round counts. The cosine is
to sentence-transformers in float32.

Legend: N texts, D vector length.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from collections.abc import Callable, Sequence
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
    engines: dict[str, Encode] = {
        "sentence-transformers f32": lambda texts: peer.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
    }
    chosen = SentenceEncoder.load("minilm")
    engines[f"aisle auto ({chosen.engine.precision})"] = chosen.encode
    if chosen.engine.precision != "f32":
        engines["aisle f32"] = SentenceEncoder.load("minilm", settings=EngineSettings(precision="f32")).encode
    engines["OpenVINO f32, sorted, padded"] = plain_openvino(chosen, directory)
    return engines


def plain_openvino(encoder: SentenceEncoder, directory: Path) -> Encode:
    """OpenVINO used plainly: the torch model converted; sorted, padded batches of 64, one at a time."""
    import openvino
    import torch
    from transformers import AutoModel

    model = AutoModel.from_pretrained(directory).eval()
    example = {"input_ids": torch.ones(2, 8, dtype=torch.long), "attention_mask": torch.ones(2, 8, dtype=torch.long)}
    compiled = openvino.compile_model(openvino.convert_model(model, example_input=example), "CPU")

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        ids = encoder.tokenizer.encode_batch(list(texts), max_tokens=encoder.max_tokens).ids
        order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
        vectors_ND = np.empty((len(ids), encoder.dim), np.float32)
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            longest = len(ids[rows[-1]])
            tokens = np.array([ids[row] + [0] * (longest - len(ids[row])) for row in rows], np.int64)
            mask = np.array([[1] * len(ids[row]) + [0] * (longest - len(ids[row])) for row in rows], np.int64)
            hidden = compiled({"input_ids": tokens, "attention_mask": mask})[0]
            pooled = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
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
        sets["paragraphs of about 128 tokens"] = [" ".join(words[at : at + 100]) for at in range(0, 15_000, 100)]
        sets["paragraphs of about 256 tokens"] = [" ".join(words[at : at + 200]) for at in range(0, 12_000, 200)]
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
    table = Table("engine", "texts/s", "ratio", "mean cosine", "least cosine", title=f"{name}: {len(texts):,} texts")
    first = next(iter(engines))
    for engine in engines:
        cosines_N = (vectors[engine] * vectors[first]).sum(1)
        best = min(seconds[engine])
        ratio = min(seconds[first]) / best
        table.add_row(
            engine, f"{len(texts) / best:,.0f}", f"{ratio:.2f}", f"{cosines_N.mean():.5f}", f"{cosines_N.min():.5f}"
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
