"""Auto-complete: what it finds in a shop with known truth, in real queries, with misspelt words.

    python -m benchmarks.suggest [--data DIR] [--sessions 6000] [--test-sessions 1500] [--encoder minilm]

Without DIR only the simulated shop is measured. DIR holds `instacart/products.tsv.gz`, `misspellings/*.tsv`,
`algolia_queries/bestbuy_queries.tsv`, `wands_queries/query.tsv` and `word_freq/en_82k.tsv.gz`.
`python -m benchmarks.suggest_speed` measures how fast it is.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from aisle.evaluation.suggestion import LISTED, Suggest, Typing, evaluate_suggestions, same_text, same_words
from aisle.sentence.encoder import SentenceEncoder
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
from aisle.shop.query_log import Moment
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.judgments import MEANT, query_meanings
from aisle.shop.sample.needs import Need, sample_needs, true_relevance
from aisle.shop.sample.shopper import simulate_sessions
from aisle.shop.sample.slips import slip
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate
from aisle.suggest.index import SuggestIndex
from aisle.suggest.literal import letter_family, word_family
from aisle.suggest.making import Log, Made, make_suggestions, read_log
from aisle.suggest.matching import fold
from aisle.suggest.mining import mine_candidates
from aisle.suggest.model import UNTRAINED, Learned, RankModel
from aisle.suggest.settings import MiningSettings
from aisle.text.plurals import fold_plural
from aisle.text.spelling import edit_distance
from benchmarks.encode import rows

PRODUCTS = 12_000
TOP = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="directory of the data sets")
    parser.add_argument("--sessions", type=int, default=6000, help="simulated sessions that are learned from")
    parser.add_argument("--test-sessions", type=int, default=1500, help="simulated sessions of others, to measure on")
    parser.add_argument("--encoder", default="minilm", help="encoder that compares suggestions; none: only words do")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        for table in simulated(Path(scratch), arguments.sessions, arguments.test_sessions, arguments.encoder):
            show(table)
        if arguments.data:
            show(misspelt(arguments.data, Path(scratch)))
            show(real_queries(arguments.data, Path(scratch)))


def show(table: Table) -> None:
    """Print a table whole: into a file, too, where rich takes lines for 80 characters long."""
    Console(width=None if sys.stdout.isatty() else 160).print(table)


# The simulated shop ----------------------------------------------------------------------------------------------


def simulated(scratch: Path, sessions: int, test_sessions: int, encoder: str) -> Iterable[Table]:
    """Each part added to the ones before, on sessions that nothing was learned from; then the duplicates."""
    products = sample_catalogue(products=PRODUCTS)
    log = logged(products, scratch / "train.sqlite", sessions, seed=7)
    with filled(products, scratch / "test.sqlite", test_sessions, seed=99) as ledger:
        test = [moment for moment in ledger.moments(latest=10_000_000) if moment.prefix]
    seen = {same_text(count.query) for count in log.counts if not count.store}
    encode = None if encoder == "none" else SentenceEncoder.load(encoder).encode
    (scratch / "made").mkdir()
    made = make_suggestions(scratch / "made", products, log, encode=encode)
    whole = SuggestIndex.open(scratch / "made")
    table = Table("", "all", "seen", "unseen", "1", "2", "3", "4-6", "7+", "mrr", "keys saved", "dup", title=(
        f"simulated shop: success@{LISTED} at {len(test):,} moments of {test_sessions:,} unseen sessions"
    ))  # fmt: skip
    truth = Truth(products)
    for name, suggest in steps(scratch, products, made, whole):
        table.add_row(name, *figures(suggest, test, seen, truth))
    yield table
    yield repeated(whole, made, truth)


def logged(products: Sequence[Product], path: Path, sessions: int, seed: int) -> Log:
    with filled(products, path, sessions, seed) as ledger:
        return read_log(ledger, MiningSettings())


def filled(products: Sequence[Product], path: Path, sessions: int, seed: int) -> Ledger:
    """A ledger with so many simulated sessions."""
    ledger = Ledger.create(path)
    ledger.add_events(simulate_sessions(products, sessions=sessions, seed=seed))
    return ledger


def steps(scratch: Path, products: Sequence[Product], made: Made, whole: SuggestIndex) -> Iterable[tuple[str, Suggest]]:
    """From the most popular past queries to everything."""
    mined = [candidate for candidate in made.candidates if candidate.source == "events"]
    yield "popularity: past queries that begin so", most_popular(mined)
    learned, model = made.learned, made.learned.model

    def built(name: str, candidates: Sequence[Candidate], learned: Learned) -> Suggest:
        (scratch / name).mkdir()
        build_suggestions(scratch / name, candidates, learned=learned, products=products)
        index = SuggestIndex.open(scratch / name)
        return lambda at: [one.text for one in index.suggest(at.prefix, store=at.store)]

    def knowing(*features: str) -> Learned:
        return replace(learned, model=RankModel(weights=model.without(*features).weights))

    yield "+ any word, order, slips, stores", built("fuzzy", mined, Learned())
    yield "+ phrases of the catalogue", built("phrases", made.candidates, Learned())
    yield "+ engagement model", built("engaged", made.candidates, knowing("cart", "session", "repeated"))
    yield "+ cart model", built("carted", made.candidates, knowing("session", "repeated"))
    yield "+ no two that mean the same", lambda at: [one.text for one in whole.suggest(at.prefix, store=at.store)]
    yield (
        "+ the query before",
        lambda at: [one.text for one in whole.suggest(at.prefix, store=at.store, previous=at.previous)],
    )


def most_popular(candidates: Sequence[Candidate]) -> Suggest:
    """The baseline: a sorted list, the most searched of what begins with the typed text (most popular completion)."""
    by_key = {fold(candidate.text): candidate for candidate in candidates}
    keys = sorted(by_key)

    def suggest(at: Typing) -> list[str]:
        typed = fold(at.prefix)
        first, end = bisect_left(keys, typed), bisect_left(keys, typed + "\U0010ffff")
        best = sorted(keys[first:end], key=lambda key: (-by_key[key].popularity, key))
        return [by_key[key].text for key in best[:LISTED]]

    return suggest


def figures(suggest: Suggest, test: Sequence[Moment], seen: set[str], truth: Truth) -> list[str]:
    """One row of the table."""
    typings = [Typing(prefix=m.prefix, query=m.query, store=m.store, previous=m.previous) for m in test]
    result = evaluate_suggestions(suggest, typings, same=truth.repeats)
    parts = []
    for wanted in (True, False):
        part = [typing for typing in typings if (same_text(typing.query) in seen) == wanted]
        parts.append(f"{evaluate_suggestions(suggest, part).overall.success:.3f}" if part else "")
    lengths = [f"{result.by_length[length].success:.3f}" for length in ("1", "2", "3", "4-6", "7+")]
    overall = result.overall
    return [
        f"{overall.success:.3f}", *parts, *lengths, f"{overall.mrr:.3f}", f"{overall.keystrokes_saved:.3f}",
        f"{overall.duplicates:.4f}",
    ]  # fmt: skip


class Truth:
    """What the simulated shoppers mean by a text."""

    def __init__(self, products: Sequence[Product]) -> None:
        needs = sample_needs(products)
        self._products = products
        self._by_name = {need.name: need for need in needs}
        self._meanings = query_meanings(needs)
        self._served: dict[tuple[str, str], bool] = {}
        self._rows: dict[str, frozenset[int]] = {}

    def knows(self, text: str) -> bool:
        """Whether anybody says it."""
        return text in self._meanings

    def serves(self, shown: str, wanted: str) -> bool:
        """Whether who means `wanted` is served by `shown`: it says that need too, or its products satisfy it."""
        if (shown, wanted) not in self._served:
            said = self._meanings[shown]
            usual = [name for name, weight in said.items() if weight >= MEANT * sum(said.values())]
            need = self._most_meant(wanted)
            shares = self._share_satisfied(self._most_meant(shown), need)
            self._served[shown, wanted] = need.name in usual or shares >= 0.5
        return self._served[shown, wanted]

    def repeats(self, one: str, other: str) -> bool:
        """Whether two texts are of the same words, and nobody knows them to be different needs."""
        if same_words(one) != same_words(other):
            return False
        first, second = fold(one), fold(other)
        known = self.knows(first) and self.knows(second)
        return not known or self.serves(first, second) or self.serves(second, first)

    def _most_meant(self, text: str) -> Need:
        said = self._meanings[text]
        return self._by_name[max(said, key=said.__getitem__)]

    def _share_satisfied(self, shown: Need, wanted: Need) -> float:
        """Of the products that satisfy the one need, the share that satisfies the other."""
        found = self._satisfying(shown)
        return len(found & self._satisfying(wanted)) / max(len(found), 1)

    def _satisfying(self, need: Need) -> frozenset[int]:
        if need.name not in self._rows:
            rows = (row for row, one in enumerate(self._products) if true_relevance(need, one) == 1.0)
            self._rows[need.name] = frozenset(rows)
        return self._rows[need.name]


def repeated(whole: SuggestIndex, made: Made, truth: Truth) -> Table:
    """What is left out for saying the same, against what the simulated shoppers mean by it."""
    merged = dangerous = unknown = by_meaning = 0
    worst: list[str] = []
    for number in range(len(whole)):
        for other in whole.twins(number):
            if other <= number:
                continue
            one, two = whole.key(number), whole.key(other)
            merged += 1
            semantic = word_family(one) != word_family(two) and letter_family(one) != letter_family(two)
            by_meaning += semantic
            if not truth.knows(one) or not truth.knows(two):
                unknown += 1
            elif not (truth.serves(one, two) and truth.serves(two, one)):
                dangerous += 1
                worst.append(f"{one} | {two}")
    table = Table("what", "figure", title="left out for saying the same (all pairs of candidates)")
    table.add_row("pairs", f"{merged:,}")
    table.add_row("of them by meaning, not by their words", f"{by_meaning:,}")
    table.add_row("pairs that the simulation says nothing about", f"{unknown:,}")
    table.add_row("pairs of which one does not serve who means the other", f"{dangerous:,}")
    for pair in worst[:10]:
        table.add_row("", pair)
    table.add_row("candidates compared by meaning", f"{made.compared:,}")
    return table


# Misspelt words ---------------------------------------------------------------------------------------------------


def misspelt(data: Path, scratch: Path) -> Table:
    """Misspellings of words of a real catalogue that nobody has searched yet, and words of it that are right."""
    products = [
        Product(product_id=row["product_id"], title=row["product_name"], category=(row["department"], row["aisle"]))
        for row in rows(data / "instacart" / "products.tsv.gz")
    ]
    (scratch / "catalogue").mkdir()
    build_suggestions(scratch / "catalogue", mine_candidates(products, []), products=products)
    index = SuggestIndex.open(scratch / "catalogue")
    words = Counter(word for product in products for word in set(fold(product.title).split()))
    table = Table("words", "number", "edits", f"right word in the first {TOP}", title="typed whole, catalogue alone")
    for name in ("wikipedia", "aspell", "birkbeck"):
        found: dict[int, list[bool]] = {}
        for row in rows(data / "misspellings" / f"{name}.tsv"):
            wrong, right = row["misspelling"].lower(), row["correct"].lower()
            plain = (wrong + right).isascii() and (wrong + right).isalpha()
            if plain and len(right) >= 4 and words[right] >= 3 and wrong not in words:
                edits = edit_distance(wrong, right, 2)
                found.setdefault(edits, []).append(shows(index, wrong, right))
        for edits in (1, 2):
            hits = found.get(edits, [])
            table.add_row(f"misspelt, {name}", f"{len(hits):,}", str(edits), f"{sum(hits) / max(len(hits), 1):.3f}")
    valid = sorted(word for word in words if len(word) >= 4 and word.isalpha())
    valid = random.Random(0).sample(valid, 5000)
    lists = [index.suggest(word, k=TOP) for word in valid]
    false = sum(bool(found) and found[0].match == "fuzzy" for found in lists)
    table.add_row("of the catalogue, corrected to another one", f"{len(valid):,}", "0", f"{false / len(valid):.4f}")
    common = [row["word"] for row in rows(data / "word_freq" / "en_82k.tsv.gz")][:10_000]
    foreign = [word for word in common if len(word) >= 4 and word not in words]
    foreign = random.Random(0).sample(foreign, 1000)
    offered = sum(bool(index.suggest(word, k=TOP)) for word in foreign)
    table.add_row("common English, not of the catalogue: something offered", "1,000", "0", f"{offered / 1000:.3f}")
    return table


def shows(index: SuggestIndex, typed: str, wanted: str) -> bool:
    """Whether one of the first suggestions has the word."""
    texts = (fold(found.text).split() for found in index.suggest(typed, k=TOP))
    return any(fold_plural(wanted) in map(fold_plural, words) for words in texts)


# Real queries -----------------------------------------------------------------------------------------------------


def real_queries(data: Path, scratch: Path) -> Table:
    """Queries of two shops, typed letter by letter, as they are and with one slip of the fingers."""
    best_buy = [
        (row["query"], float(row["popularity"]))
        for row in rows(data / "algolia_queries" / "bestbuy_queries.tsv")
        if int(row["nb_hits"]) > 0 and fold(row["query"])
    ]
    wands = [(row["query"], 1.0) for row in rows(data / "wands_queries" / "query.tsv") if fold(row["query"])]
    table = Table(
        "queries", "typed", "number", "success@10", "mrr@10", "keys saved", "duplicates@10", title="real queries"
    )
    for name, queries in (("Best Buy", best_buy), ("WANDS", wands)):
        candidates = [
            Candidate(text=text, popularity=max(popularity, 1e-3), source="events") for text, popularity in queries
        ]
        (scratch / name).mkdir()
        build_suggestions(scratch / name, candidates, learned=Learned(model=UNTRAINED))
        index = SuggestIndex.open(scratch / name)
        for how, suggest in (
            ("past queries that begin so", most_popular(candidates)),
            ("aisle", lambda at, index=index: [one.text for one in index.suggest(at.prefix)]),
        ):
            for typed, change in (("as it is", str), ("with a slip", slipped())):
                typings = [
                    Typing(prefix=change(query)[:length], query=query)
                    for query, _ in queries
                    for length in (2, 4, 6, 8)
                    if length < len(query)
                ]
                found = evaluate_suggestions(suggest, typings).overall
                table.add_row(
                    f"{name}, {how}", typed, f"{len(typings):,}", f"{found.success:.3f}", f"{found.mrr:.3f}",
                    f"{found.keystrokes_saved:.3f}", f"{found.duplicates:.4f}",
                )  # fmt: skip
    return table


def slipped() -> Callable[[str], str]:
    """One slip in one of the longer words, the same each time."""
    return lambda query: slip(query, random.Random(query))


if __name__ == "__main__":
    main()
