"""A million products on this one machine: building the index, opening it, searching it, beside exact search.

    python -m benchmarks.scale [--data DIR] [--products 1000000] [--queries 300] [--work DIR] [--threads 1]
        [--graph-from 1000001]

The products are generated: every product name of `DIR/instacart`, or of the sample shop (simulated), in as many sizes
as it takes. Only the names go through the encoder. The vector of a size is that of the name and a little of another
name's, for encoding every size would take most of an hour; so vectors, recall and times are those of a million
different vectors, while the time of embedding is that of the distinct names. Each step is a process of its own and is
told with its seconds, processor time and peak memory; with `--work` what is finished is not done again.

Legend: N products, D vector length, Q queries, K hits.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import rich
from numpy.typing import NDArray
from rich.table import Table

from aisle.engines.opening import open_search
from aisle.search.build import build_search
from aisle.search.graph import GRAPH_FROM
from aisle.search.request import SearchRequest
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from benchmarks.encode import rows

SIZES = ("1 oz", "2 oz", "4 oz", "6 oz", "8 oz", "10 oz", "12 oz", "14 oz", "16 oz", "18 oz", "20 oz", "24 oz", "28 oz",
         "32 oz", "40 oz", "48 oz", "64 oz", "1 gal", "2 pack", "6 pack", "12 pack", "24 pack")  # fmt: skip
OTHERS = 0.3
"""How much of another name's vector is in the vector of a size: its cosine to the name's is about 0.97."""
STEPS = ("embed", "build", "search")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of the data sets")
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--work", type=Path, help="where to keep what is made; else it is deleted at the end")
    parser.add_argument("--threads", type=int, default=1, help="cores that a step may use")
    parser.add_argument("--graph-from", type=int, default=GRAPH_FROM, help="products from which there is a graph")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        step(arguments)
        return
    with tempfile.TemporaryDirectory() as scratch:
        work = arguments.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        table = Table("step", "what", "", title=f"{arguments.products:,} products, {arguments.threads} core(s)")
        for name in STEPS:
            done = work / f"{name}.json"
            if not done.exists():
                words = [sys.executable, "-m", "benchmarks.scale", "--step", name, *sys.argv[1:], "--work", str(work)]
                subprocess.run(words, check=True)
            for what, figure in json.loads(done.read_text()).items():
                table.add_row(name, what, f"{figure:,.3f}" if isinstance(figure, float) else f"{figure:,}")
        rich.print(table)


def step(arguments: argparse.Namespace) -> None:
    """One step in this process; its figures to a file."""
    process = psutil.Process()
    process.cpu_affinity(process.cpu_affinity()[: arguments.threads])
    started = time.perf_counter()
    figures = {"embed": embed, "build": build, "search": search}[arguments.step](arguments)
    figures["seconds"] = time.perf_counter() - started
    figures["seconds of processor time"] = time.process_time()
    figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    (arguments.work / f"{arguments.step}.json").write_text(json.dumps(figures))


def names(data: Path | None) -> list[tuple[str, tuple[str, ...]]]:
    """Distinct names and their categories."""
    if data is None:
        return [(product.title, product.category) for product in sample_catalogue(products=50_000)]
    found = rows(data / "instacart" / "products.tsv.gz")
    return list({row["product_name"]: (row["department"], row["aisle"]) for row in found}.items())


def products(data: Path | None, count: int) -> Iterator[Product]:
    """Every name in the first size, then every name in the next."""
    every = names(data)
    random = np.random.default_rng(1)
    prices_N = np.round(np.exp(random.normal(1.5, 0.7, size=count)), 2)
    draws_N = random.random(count)
    for number in range(count):
        title, category = every[number % len(every)]
        yield Product(
            product_id=f"{number:08}",
            title=f"{title}, {SIZES[number // len(every)]}",
            category=category,
            price=float(prices_N[number]),
            stores=() if draws_N[number] < 0.5 else (f"store {int(draws_N[number] * 1000) % 40}",),
            in_stock=bool(draws_N[number] > 0.04),
        )


def embed(arguments: argparse.Namespace) -> dict[str, float]:
    """The vectors of all products, and of queries that people typed."""
    every = [name for name, _ in names(arguments.data)][: arguments.products]
    if arguments.products > len(every) * len(SIZES):
        raise SystemExit(f"{len(every):,} names in {len(SIZES)} sizes are fewer than {arguments.products:,} products")
    encoder = SentenceEncoder.load("minilm")
    encoder.encode(every[:64])
    started = time.perf_counter()
    names_VD = encoder.encode(every)
    seconds = time.perf_counter() - started
    random = np.random.default_rng(2)
    shape = (arguments.products, encoder.dim)
    vectors_ND = np.lib.format.open_memmap(arguments.work / "vectors.npy", "w+", np.float32, shape)
    for at in range(0, arguments.products, len(every)):
        part_ND = vectors_ND[at : at + len(every)]
        # The first size is the name itself.
        other_ND = names_VD[random.permutation(len(every))[: len(part_ND)]] * (OTHERS if at else 0)
        part_ND[:] = names_VD[: len(part_ND)] + other_ND
        part_ND /= np.linalg.norm(part_ND, axis=1, keepdims=True)
    queries = asked(arguments.data, arguments.queries)
    np.save(arguments.work / "queries.npy", encoder.encode(queries))
    (arguments.work / "queries.json").write_text(json.dumps(queries))
    return {"names encoded": len(every), "names a second": len(every) / seconds}


def asked(data: Path | None, count: int) -> list[str]:
    """Queries."""
    if data is None:
        return [" ".join(product.title.split()[1:4]) for product in sample_catalogue(products=count, seed=99)]
    found = [row["query"] for row in rows(data / "algolia_queries" / "bestbuy_queries.tsv")][: count // 3]
    # Names cut to three words are what shoppers of this catalogue would type.
    random = np.random.default_rng(3)
    every = [name for name, _ in names(data)]
    picked = random.choice(len(every), size=count - len(found), replace=False)
    return found + [" ".join(every[at].split()[:3]) for at in picked]


def build(arguments: argparse.Namespace) -> dict[str, float]:
    """The index, as `aisle shop build` makes it from products and vectors."""
    vectors_ND = np.load(arguments.work / "vectors.npy")
    catalogue = list(products(arguments.data, arguments.products))
    directory = arguments.work / "index"
    directory.mkdir(exist_ok=True)
    started = time.perf_counter()
    build_search(directory, catalogue, vectors_ND, graph_from=arguments.graph_from)
    seconds = time.perf_counter() - started
    size = sum(path.stat().st_size for path in directory.iterdir())
    graph = (directory / "vectors.usearch").stat().st_size if (directory / "vectors.usearch").exists() else 0
    return {"seconds of build": seconds, "MB on disk": size / 1e6, "of these the graph": graph / 1e6}


def search(arguments: argparse.Namespace) -> dict[str, float]:
    """Opening, recall against all vectors, milliseconds of each kind of search, memory."""
    queries: list[str] = json.loads((arguments.work / "queries.json").read_text())
    vectors_QD: NDArray[np.float32] = np.load(arguments.work / "queries.npy")
    process, started = psutil.Process(), time.perf_counter()
    index = open_search(arguments.work / "index")
    index.search(SearchRequest(query=queries[0]), vectors_QD[0])
    figures = {"seconds to the first answer": time.perf_counter() - started}
    kinds: dict[str, Callable[[str], SearchRequest]] = {
        "semantic": lambda query: SearchRequest(query=query, mode="semantic"),
        "lexical": lambda query: SearchRequest(query=query, mode="lexical"),
        "hybrid": lambda query: SearchRequest(query=query),
        "hybrid, in_stock and price < 5 (half)": lambda query: SearchRequest(
            query=query, filter="in_stock and price < 5"
        ),
        "hybrid, price < 1.2 (one in fifty)": lambda query: SearchRequest(query=query, filter="price < 1.2"),
    }
    samples: dict[str, list[float]] = {}
    for kind, request in kinds.items():
        index.search(request(queries[0]), vectors_QD[0])
        times, busy = [], []
        for query, query_D in zip(queries, vectors_QD, strict=True):
            at, used = time.perf_counter(), time.process_time()
            index.search(request(query), query_D)
            times.append((time.perf_counter() - at) * 1e3)
            busy.append((time.process_time() - used) * 1e3)
        # What a machine takes that has nothing else to do.
        samples[kind] = busy
        for what, values in (("by the clock", times), ("of processor time", busy)):
            p50, p99 = np.percentile(values, [50, 99])
            figures |= {f"{kind}: p50 ms {what}": float(p50), f"{kind}: p99 ms {what}": float(p99)}
    (arguments.work / "samples.json").write_text(json.dumps(samples))
    memory = process.memory_info()
    figures["MB of its own after all searches"] = (memory.rss - memory.shared) / 1e6
    figures["MB of mapped files, which processes share"] = memory.shared / 1e6
    found_QK = [
        [int(hit.product_id) for hit in index.search(kinds["semantic"](query), query_D).hits]
        for query, query_D in zip(queries, vectors_QD, strict=True)
    ]
    figures |= recall(np.load(arguments.work / "vectors.npy", mmap_mode="r"), vectors_QD, found_QK)
    return figures


def recall(
    vectors_ND: NDArray[np.float32], queries_QD: NDArray[np.float32], found_QK: list[list[int]]
) -> dict[str, float]:
    """Of the ten nearest by all cosines, the share that was found, and the milliseconds of looking at all of them.

    A product that lies exactly as near as the tenth counts as found.
    """
    best_QK = np.full((len(queries_QD), 10), -np.inf, np.float32)
    started = time.perf_counter()
    for at in range(0, len(vectors_ND), 65_536):
        cosines_QC = queries_QD @ np.asarray(vectors_ND[at : at + 65_536]).T
        best_QK = np.sort(np.concatenate([best_QK, np.sort(cosines_QC, axis=1)[:, -10:]], axis=1), axis=1)[:, -10:]
    seconds = time.perf_counter() - started
    near = [
        np.mean(vectors_ND[found_K] @ query_D >= best_K[0] - 1e-6)
        for found_K, query_D, best_K in zip(found_QK, queries_QD, best_QK, strict=True)
    ]
    return {
        "recall@10 against all vectors": float(np.mean(near)),
        "ms a query of looking at all": seconds / len(near) * 1e3,
    }


if __name__ == "__main__":
    main()
