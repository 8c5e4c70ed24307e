"""The walk told in a terminal.

Legend: T tokens, K size of a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape

from aisle.cli.output import print_table, results
from aisle.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aisle.inspection.inspector import Inspector
    from aisle.inspection.trace import Trace

MOST_TOKENS = 16
MOST_WORDS = 40


def print_walk(inspector: Inspector, text: str, pair: str, *, layer: int, head: int) -> None:
    """Every stage in a few lines; one layer and one head in detail.

    Raises
        UserError: the text is empty, or there is no such layer or head.
    """
    from aisle.inspection.summary import overview

    config = inspector.encoder.config
    for name, given, count in (("layer", layer, config.num_layers), ("head", head, config.num_heads)):
        if not 0 <= given < count:
            raise UserError(f"--{name} is {given}; this encoder has {name}s 0 to {count - 1}")
    told = overview(inspector, text, pair)
    trace = inspector.trace(text, pair, steps=("embeddings.*", f"layer.{layer}.*", "pooled.*"))
    _print_encoder(told["encoder"])
    for path in told["path"]:
        _print_path(path)
    _print_tokens(told)
    _print_input(trace, told)
    _print_layer(trace, told, layer, head)
    _print_vector(trace, told)
    if told["match"]:
        _print_match(told["match"])
    results.print(
        f"\n[dim]{len(trace.steps)} intermediates by name and shape: --json, --steps 'layer.{layer}.*'; "
        "as a page: --serve; as a file: --html FILE[/dim]"
    )


def print_steps(inspector: Inspector, text: str, pair: str, steps: Sequence[str]) -> None:
    """The steps whose names match, with shape, meaning and as many numbers as a person reads."""
    trace = inspector.trace(text, pair, steps=steps)
    for name in trace.names:
        step = trace.steps[name]
        _title(name, f"{' × '.join(step.letters)} = {' × '.join(map(str, step.shape))}: {step.meaning}")
        results.print(escape(np.array2string(trace[name], precision=4, suppress_small=True, threshold=64)))


def _title(title: str, remark: str = "") -> None:
    results.print(f"\n[bold]{escape(title)}[/bold]" + (f"  [dim]{escape(remark)}[/dim]" if remark else ""))


def _line(text: str) -> None:
    results.print("  " + escape(text), soft_wrap=True)


def _print_encoder(encoder: dict[str, Any]) -> None:
    results.print(
        f"[bold]{escape(encoder['name'])}[/bold]: {encoder['layers']} layers × {encoder['heads']} heads, "
        f"{encoder['hidden']} wide, {encoder['parameters'] / 1e6:.1f} million weights"
    )
    known = encoder["parity"]
    if known["difference"] is None:
        results.print(f"[dim]difference to Hugging Face: {escape(known['note'])}[/dim]")
    else:
        difference = f"differs from Hugging Face by at most {known['difference']:.1e}"
        results.print(f"[dim]{difference} ({escape(known['note'])}; {escape(known['against'])})[/dim]")


def _print_path(path: dict[str, Any]) -> None:
    _title("Normalise")
    for change in path["changes"]:
        edits = change["edits"] or []
        shown = ", ".join(f"{before!r} → {after!r}" for _, before, after in edits[:8])
        more = f" and {len(edits) - 8} more" if len(edits) > 8 else ""
        _line(f"{change['step']}: {shown}{more}")
    _line(_short(path["normalized"]) if path["changes"] else f"nothing to change: {_short(path['normalized'])}")
    _title("Pieces", "the longest piece of the vocabulary that fits, then the longest of what is left")
    for word in path["words"][:MOST_WORDS]:
        pieces = " ".join(piece["piece"] for piece in word["pieces"])
        looks = f"  ({len(word['tries'])} looks into the vocabulary)" if len(word["tries"]) > 1 else ""
        if pieces != word["word"] or looks:
            _line(f"{word['word']} → {pieces}{looks}")
    whole = sum(len(word["pieces"]) == 1 for word in path["words"])
    _line(f"{whole} of {len(path['words'])} words are a piece of their own")
    if len(path["words"]) > MOST_WORDS:
        _line(f"(the first {MOST_WORDS} words are shown)")
    if path["words_cut"]:
        _line(f"{path['words_cut']} more words are over the encoder's positions and not read")


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}… ({len(text)} characters)"


def _print_tokens(told: dict[str, Any]) -> None:
    _title("Tokens", f"{len(told['tokens'])} of at most {told['encoder']['positions']}")
    rows = list(zip(range(len(told["tokens"])), told["tokens"], map(str, told["ids"]), told["segments"], strict=True))
    print_table("", ("position", "token", "id", "segment"), rows[:MOST_TOKENS])
    if len(rows) > MOST_TOKENS:
        _line(f"… and {len(rows) - MOST_TOKENS} more")
    if told["truncated"]:
        _line(f"cut: {told['truncated']} tokens did not fit and are not read")


def _print_input(trace: Trace, told: dict[str, Any]) -> None:
    place = _shown_token(told)
    _title("Input", f"for “{told['tokens'][place]}”, the first numbers of {told['encoder']['hidden']}")
    names = ("token", "position", "segment", "sum", "normalized")
    rows = [(f"embeddings.{name}", _numbers(trace[f"embeddings.{name}"][place])) for name in names
            if f"embeddings.{name}" in trace]  # fmt: skip
    for name, numbers in rows:
        _line(f"{name:<24} {numbers}")


def _shown_token(told: dict[str, Any]) -> int:
    return told["special"].index(False) if False in told["special"] else 0


def _numbers(row: NDArray[np.float32], count: int = 6) -> str:
    return " ".join(f"{value:8.4f}" for value in row[:count]) + (" …" if len(row) > count else "")


def _print_layer(trace: Trace, told: dict[str, Any], layer: int, head: int) -> None:
    name = f"layer.{layer}.attention"
    weights_TT = trace[f"{name}.weights"][head]
    source = _shown_token(told)
    target = int(weights_TT[source].argmax())
    q_K, k_K = trace[f"{name}.query"][head][source], trace[f"{name}.key"][head][target]
    tokens = told["tokens"]
    _title(f"Layer {layer}, head {head}", "other ones: --layer, --head")
    dot = float(q_K.astype(np.float64) @ k_K.astype(np.float64))
    for letter, token, row in (("q", tokens[source], q_K), ("k", tokens[target], k_K)):
        _line(f"{f'{letter} of “{token}”':<24} {_numbers(row)}")
    _line(f"q · k = {dot:.4f};  ÷ √{len(q_K)} = {trace[f'{name}.scores'][head][source, target]:.4f}")
    _line(f"softmax over the row: {weights_TT[source, target]:.4f}; the row adds up to {weights_TT[source].sum():.6f}")
    _print_weights(weights_TT, tokens)
    place = f"for “{tokens[source]}”"
    for step in ("attention.output", "attention.residual", "attention.normalized", "feed_forward.hidden",
                 "feed_forward.activated", "feed_forward.output", "feed_forward.residual",
                 "feed_forward.normalized"):  # fmt: skip
        _line(f"{step:<24} {_numbers(trace[f'layer.{layer}.{step}'][source])}")
    results.print(f"  [dim]{escape(place)}, after all heads[/dim]")


def _print_weights(weights_TT: NDArray[np.float32], tokens: list[str]) -> None:
    if len(tokens) <= 10:
        rows = [(token, *(f"{weight:.2f}" for weight in row)) for token, row in zip(tokens, weights_TT, strict=True)]
        print_table("", ("from \\ to", *tokens), rows)
        return
    for place, row in list(enumerate(weights_TT))[:MOST_TOKENS]:
        best = row.argsort()[::-1][:3]
        _line(
            f"{tokens[place]} ({place}) looks at "
            + ", ".join(f"{tokens[other]} ({other}) {row[other]:.2f}" for other in best)
        )
    if len(tokens) > MOST_TOKENS:
        _line(f"… and {len(tokens) - MOST_TOKENS} more")


def _print_vector(trace: Trace, told: dict[str, Any]) -> None:
    _title("Vector", f"this checkpoint takes {told['encoder']['pooling']}")
    rows = [
        f"{name:<24} {_numbers(trace[name])}  length {np.linalg.norm(trace[name]):.3f}"
        for name in trace.names
        if name.startswith("pooled.")
    ]
    for row in rows:
        _line(row)


def _print_match(match: dict[str, Any]) -> None:
    _title("Match", "what each pair of tokens adds to the cosine")
    _line(f"cosine {match['cosine']:.4f}, pooling {match['pooling']}")
    parts = np.array(match["contributions"])
    for flat in parts.ravel().argsort()[::-1][:8]:
        first, second = divmod(int(flat), parts.shape[1])
        _line(f"{parts[first, second]:.4f}  {match['a'][first]} – {match['b'][second]}")
    for side in ("a", "b"):
        if match[f"{side}_cut"]:
            _line(f"text {side.upper()} was cut: {match[f'{side}_cut']} tokens are not in its vector")
