"""What written queries add to auto-complete: suggestions of the sample shop with and without a model of its queries.

    python -m benchmarks.queries [--products 1000] [--sessions 8000] [--steps 600] [--min-sessions 3]

Needs no data: the shop and its shoppers are simulated. The first four fifths of the sessions are the log that is mined
and that the model learns from; of the last fifth every search is asked for at three random points of its typing.
`unseen` are the queries of the last fifth that nobody in the log had searched for.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

import rich
from rich.table import Table

from aisle.evaluation.suggestion import Typing, evaluate_suggestions
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.shopper import simulate_sessions
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from aisle.tasks.complete.queries import QueryWriter
from aisle.tasks.complete.query_training import load_queries
from aisle.tasks.complete.settings import CompleterSettings
from aisle.training.loop import train
from aisle.training.settings import TrainingSettings

SHAPE = CompleterSettings(
    layers=2, hidden_size=128, heads=4, vocab_size=1_024, context=32, dropout=0.1, min_documents=1
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--sessions", type=int, default=8_000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--min-sessions", type=int, default=3)
    arguments = parser.parse_args()
    products = list(sample_catalogue(products=arguments.products))
    events = list(simulate_sessions(products, sessions=arguments.sessions, seed=7))
    order = {session: place for place, session in enumerate(dict.fromkeys(event.session_id for event in events))}
    cut = len(order) * 4 // 5
    log = [event for event in events if order[event.session_id] < cut]
    later = [event for event in events if order[event.session_id] >= cut and event.action == "search"]
    with tempfile.TemporaryDirectory() as scratch, Shop.create(Path(scratch) / "shop", simulated=True) as shop:
        shop.put_products(products)
        shop.add_events(log)
        sessions = {one.query: one.sessions for one in shop.ledger.query_counts(min_sessions=1) if not one.store}
        often = {query: count for query, count in sessions.items() if count >= arguments.min_sessions}
        training = TrainingSettings(
            max_steps=arguments.steps, learning_rate=2e-3, schedule="cosine", batch_size=32, precision="f32",
            checkpoint_every=0,
        )  # fmt: skip
        result = train(load_queries(often, SHAPE, training).task, training, Path(scratch) / "model")
        rich.print(f"learnt from {len(often):,} queries of {len(sessions):,} in the log: {result.metrics}")
        proposed = QueryWriter.load(Path(scratch) / "model")(list(often))
        heard = {event.query for event in later} - sessions.keys()
        rich.print(
            f"{len(proposed):,} queries written, {len(heard & set(proposed))} of {len(heard)} unseen ones among them"
        )
        table = Table(
            "", "moments", "success@10", "mrr@10", title="suggestions on the last fifth of the sessions (simulated)"
        )
        for label, writer in (("without", ""), ("with written queries", str(Path(scratch) / "model"))):
            shop.build(BuildSettings(encoder="none", min_sessions=arguments.min_sessions, query_writer=writer))
            for part, wanted in (("all", None), ("unseen", heard)):
                moments = typings([event.query for event in later if wanted is None or event.query in wanted])
                found = evaluate_suggestions(
                    lambda at: [one.text for one in shop.suggest(at.prefix)], moments
                ).overall  # fmt: skip
                table.add_row(f"{part}, {label}", f"{found.prefixes:,}", f"{found.success:.4f}", f"{found.mrr:.4f}")
        rich.print(table)


def typings(queries: list[str]) -> list[Typing]:
    """Three random moments in the typing of each query, the same ones each time."""
    draw = random.Random(0)
    return [
        Typing(prefix=query[: draw.randint(1, max(len(query) - 1, 1))], query=query)
        for query in queries
        for _ in range(3)
    ]


if __name__ == "__main__":
    main()
