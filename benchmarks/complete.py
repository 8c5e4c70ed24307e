"""Completion as Smart Compose measures it: exact match at equal coverage, log perplexity, milliseconds a keystroke.

    python -m benchmarks.complete --data DIR --set books|mail --model MODEL [--corpus FILE …] [--places 300] [--order 4]

MODEL is a directory of `aisle train completer`; `--corpus` are the files that it learnt from, if they are not
`classic_books/books_00.txt.gz` (books) or `email_sentences/train.tsv.gz` (mail) in DIR. Measured on ten books of
another shard (`books_03.txt.gz`) or on `email_sentences/dev.tsv`. The baseline is an n-gram model with Kneser–Ney
smoothing over the same tokens of the same corpus, written out by the same beam search under the same rules. It counts
the whole corpus; where the network has read less than that in its time, a second one counts as many tokens. The last
row is the completer as it is served, network and counts mixed. Safeguards are off but where it says so, since they hold
back what is right, too.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import rich
from numpy.typing import NDArray
from rich.table import Table

from aisle.evaluation.completion import Attempt, CompletionResult, Place, choose_places, evaluate_completions
from aisle.runtime.decoder import NumpyDecoder
from aisle.tasks.complete.completer import Completer, Options
from aisle.tasks.complete.language_model import LanguageModel, RememberingDecoder
from aisle.tasks.complete.mixture import Mixture, load_model
from aisle.tasks.complete.ngrams import NgramModel
from aisle.tasks.complete.phrases import RarePhrases
from aisle.tasks.complete.privacy import hidden
from aisle.tasks.complete.settings import CompletionSettings
from aisle.tasks.complete.threads import Thread, read_threads
from aisle.tasks.complete.thresholds import Thresholds
from aisle.tasks.complete.vocabulary import CompleterVocabulary

COVERAGES = (0.05, 0.1, 0.2, 0.3)
CORPORA = {"books": "classic_books/books_00.txt.gz", "mail": "email_sentences/train.tsv.gz"}
DEV = "email_sentences/dev.tsv"
NO_SAFEGUARDS = CompletionSettings(hold_back=False, neutral_pronouns=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="directory of the data sets")
    parser.add_argument("--set", choices=("books", "mail"), required=True, help="what to measure on")
    parser.add_argument("--model", type=Path, required=True, help="completer to measure")
    parser.add_argument("--corpus", type=Path, nargs="*", help="files that it learnt from")
    parser.add_argument("--places", type=int, default=300, help="places asked about")
    parser.add_argument("--order", type=int, default=4, help="of the n-grams")
    parser.add_argument("--json", type=Path, help="also write the numbers there")
    arguments = parser.parse_args()
    vocabulary = CompleterVocabulary.load(arguments.model)
    corpus = clean(read_threads(arguments.corpus or [arguments.data / CORPORA[arguments.set]]))
    test = held_out_books(arguments.data) if arguments.set == "books" else clean(read_threads([arguments.data / DEV]))
    tokens_N, read = vocabulary.threads(corpus), tokens_read(arguments.model)
    rich.print(f"corpus: {len(tokens_N):,} tokens; {read:,} went through the network in training")
    models: dict[str, LanguageModel] = {
        "network": RememberingDecoder(NumpyDecoder.load(arguments.model)),
        "n-grams": NgramModel(tokens_N, len(vocabulary), order=arguments.order),
    }
    if read < len(tokens_N):
        models[f"n-grams, {read:,} tokens"] = NgramModel(
            some_blocks(tokens_N, read), len(vocabulary), order=arguments.order
        )
    served = load_model(NumpyDecoder.load(arguments.model), arguments.model)
    if isinstance(served, Mixture):
        models[f"both, n-grams weigh {served.share:g}"] = served
    numbers = {
        "models": measured(arguments.set, test, models, arguments.model, vocabulary, arguments.places),
        "safeguards": guarded(test, arguments.model, arguments.places),
        "keystrokes": keystrokes(arguments.model, test),
    }
    if arguments.json:
        arguments.json.write_text(json.dumps(numbers, indent=2) + "\n")


def tokens_read(directory: Path) -> int:
    """Tokens that went through the network in training, by the records of its run."""
    lines = (directory / "metrics.jsonl").read_text("utf-8").splitlines()
    return sum(json.loads(line).get("tokens", 0) for line in lines)


def some_blocks(tokens_N: NDArray[np.uint16], number: int, length: int = 128) -> NDArray[np.uint16]:
    """About so many tokens from all over the corpus, in blocks; all of them where there are no more."""
    starts = np.random.default_rng(0).permutation(len(tokens_N) // length)[: max(number // length, 1)] * length
    return np.concatenate([tokens_N[start : start + length] for start in np.sort(starts).tolist()])


def clean(threads: Iterable[Thread]) -> list[Thread]:
    """As they are learnt from."""
    return [Thread(messages=tuple(map(hidden, one.messages)), subject=one.subject) for one in threads]


def held_out_books(data: Path) -> list[Thread]:
    """The last ten books of another shard, the first 150 paragraphs of each."""
    text = gzip.decompress((data / "classic_books/books_03.txt.gz").read_bytes()).decode()
    documents = [[" ".join(line.split()) for line in book.splitlines() if line.strip()] for book in text.split("\n\n")]
    return [Thread(messages=tuple(map(hidden, one[:150]))) for one in documents[-10:] if one]


def measured(
    name: str,
    threads: list[Thread],
    models: dict[str, LanguageModel],
    directory: Path,
    vocabulary: CompleterVocabulary,
    number: int,
) -> dict[str, object]:
    """Log perplexity and exact match of every model on one set."""
    places = choose_places([message for thread in threads for message in thread.messages], number)
    tokens_N = vocabulary.threads(threads)[:20_000]
    letters = len(vocabulary.decode(tokens_N.tolist()))
    table = Table(
        "model", "log ppl a token", "bits a character", *(f"exact at {coverage:.0%}" for coverage in COVERAGES),
        "words", title=f"{name}: {len(places)} places, {len(tokens_N):,} tokens for the perplexity",
    )  # fmt: skip
    report: dict[str, object] = {}
    for label, model in models.items():
        perplexity = -float(log_probabilities(model, directory, tokens_N).mean())
        completer = Completer(model, vocabulary, RarePhrases.count([], 1), Thresholds.set_on([], 1.0), NO_SAFEGUARDS)
        asked = [completer.options(place.typed) for place in places]
        results = [at_coverage(places, asked, coverage) for coverage in COVERAGES]
        report[label] = {
            "log_perplexity": perplexity,
            "bits_a_character": perplexity * (len(tokens_N) - 1) / letters / math.log(2),
            "exact_match": {
                f"{coverage:.2f}": one.exact_match for coverage, one in zip(COVERAGES, results, strict=True)
            },
            "plain_mean": {f"{coverage:.2f}": one.plain_mean for coverage, one in zip(COVERAGES, results, strict=True)},
            "by_words": {f"{c:.2f}": one.by_words for c, one in zip(COVERAGES, results, strict=True)},
            "mean_words": {f"{c:.2f}": one.mean_words for c, one in zip(COVERAGES, results, strict=True)},
        }
        table.add_row(
            label, f"{perplexity:.3f}", f"{report[label]['bits_a_character']:.3f}",  # type: ignore[index]
            *(f"{one.exact_match:.1f}" for one in results), f"{results[2].mean_words:.2f}",
        )  # fmt: skip
    rich.print(table)
    return report


def at_coverage(places: list[Place], asked: list[Options], coverage: float) -> CompletionResult:
    """What is shown if the threshold is set so that this share of the places shows something."""
    surest = np.array([math.exp(best.log_probability) if (best := one.best(2.0)) else 0.0 for one in asked])
    threshold = float(np.sort(surest)[::-1][max(round(coverage * len(asked)) - 1, 0)])
    attempts = []
    for place, one, confidence in zip(places, asked, surest, strict=True):
        shown = one.best(threshold) if confidence >= threshold > 0 else None
        attempts.append(Attempt(place=place, completion=shown.text if shown else "", confidence=float(confidence)))
    return evaluate_completions(attempts, coverage)


def log_probabilities(model: LanguageModel, directory: Path, tokens_N: NDArray[np.uint16]) -> NDArray[np.float64]:
    """That of each token but the first, given those before it, in nats.

    The network reads blocks of its length and tells the second half of each, so that every token has a context.
    """
    if isinstance(model, Mixture):
        network_N, counted_N = (log_probabilities(one, directory, tokens_N) for one in (model.network, model.counted))
        mixed_N: NDArray[np.float64] = np.logaddexp(
            network_N + math.log1p(-model.share), counted_N + math.log(model.share)
        )
        return mixed_N
    if isinstance(model, NgramModel):
        return model.told(tokens_N.tolist())
    import torch

    from aisle.model.decoder import Decoder

    decoder, half = Decoder.load(directory), model.max_tokens // 2
    parts = []
    for first in range(0, len(tokens_N) - 1, half):
        start = max(first - half, 0)
        block_T = torch.from_numpy(tokens_N[start : first + half + 1].astype(np.int64))
        with torch.no_grad():
            log_probabilities_TV = decoder(block_T[None, :-1])[0].log_softmax(dim=-1)
        parts.append(log_probabilities_TV.gather(1, block_T[1:, None])[first - start :, 0].numpy())
    told_N = np.concatenate(parts).astype(np.float64)
    assert len(told_N) == len(tokens_N) - 1
    return told_N


def guarded(threads: list[Thread], directory: Path, number: int) -> dict[str, object]:
    """What the safeguards cost: places at which they hold something back, and the exact match with them."""
    completer = Completer.load(directory)
    places = choose_places([message for thread in threads for message in thread.messages], number)
    asked = [completer.options(place.typed) for place in places]
    result = at_coverage(places, asked, 0.2)
    held = {reason: sum(one.held_back == reason for one in asked) for reason in ("rare", "blocked", "pronoun")}
    report = {
        "exact_match at 0.20": result.exact_match,
        "words": result.mean_words,
        "held_back": held,
        "places with nothing left": sum(one.best(2.0) is None for one in asked),
        "places": len(places),
    }
    rich.print("with safeguards:", report)
    return report


def keystrokes(directory: Path, threads: list[Thread]) -> dict[str, float]:
    """Milliseconds of each keystroke while sentences are typed letter by letter, with subject and previous message."""
    completer = Completer.load(directory)
    completer.complete("Warm up", subject="Warm", previous="Up.")
    taken: dict[str, list[float]] = {"wall": [], "processor": []}
    for thread in threads[:12]:
        sentence = thread.messages[0][:80]
        for end in range(1, len(sentence) + 1):
            wall, processor = time.perf_counter(), time.process_time()
            completer.complete(sentence[:end], subject="The contract", previous="Could you send me the new draft?")
            taken["wall"].append(1000 * (time.perf_counter() - wall))
            taken["processor"].append(1000 * (time.process_time() - processor))
    report = {f"{kind} p{q}": float(np.percentile(times, q)) for kind, times in taken.items() for q in (50, 90, 99)}
    report["keystrokes"] = len(taken["wall"])
    rich.print("milliseconds a keystroke (set OPENBLAS_NUM_THREADS=1 for one thread):", report)
    return report


if __name__ == "__main__":
    main()
