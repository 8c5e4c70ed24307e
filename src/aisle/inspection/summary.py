"""The walk as one JSON object: what the command prints, the API answers and the page draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aisle.errors import UserError
from aisle.inspection.habits import HeadHabits
from aisle.inspection.inspector import Inspector
from aisle.inspection.match import match
from aisle.inspection.parity import parity
from aisle.inspection.path import text_path
from aisle.inspection.trace import Step, matches

POOLED = ("pooled.mean", "pooled.max", "pooled.cls")


def summary(
    inspector: Inspector, text: str, pair: str = "", *, steps: Sequence[str] = (), most_numbers: int | None = None
) -> dict[str, Any]:
    """Everything but the large numbers; of the steps whose names match `steps`, their `values`, too.

    Raises
        UserError: a pattern matches no step, the steps hold more than `most_numbers`, or the text is empty.
    """
    if steps and most_numbers is not None:
        found = inspector.trace(text, pair, steps=()).steps.values()
        asked = sum(math.prod(step.shape) for step in found if matches(step.name, steps))
        if asked > most_numbers:
            raise UserError(
                f"these steps hold {asked:,} numbers, and one answer has room for {most_numbers:,}; name fewer steps, "
                "shorten the text, or read them one by one as /api/inspect/values gives them"
            )
    habits = HeadHabits(inspector.tokens(text, pair).special)
    trace = inspector.trace(text, pair, steps=(*POOLED, *steps), also=habits)
    return overview(inspector, text, pair) | {
        "heads": habits.layers,
        "steps": {
            name: written(step) | ({"values": trace[name].tolist()} if matches(name, steps) else {})
            for name, step in trace.steps.items()
        },
        "pooled": {name.removeprefix("pooled."): trace[name].tolist() for name in POOLED},
    }


def overview(inspector: Inspector, text: str, pair: str = "") -> dict[str, Any]:
    """Encoder, path, tokens and match: all that is not an intermediate."""
    read = inspector.tokens(text, pair)
    has_pair = bool(pair.strip())
    texts = [(text, read.read[0]), *([(pair, read.read[1])] if has_pair else [])]
    return {
        "encoder": encoder_facts(inspector),
        "text": text,
        "pair": pair if has_pair else "",
        "path": [asdict(text_path(inspector.tokenizer, part, pieces=pieces)) for part, pieces in texts],
        "tokens": read.tokens,
        "ids": read.ids,
        "segments": read.segments,
        "sides": read.sides,
        "special": read.special,
        "truncated": read.cut,
        "match": written_match(inspector, text, pair) if has_pair else None,
    }


def encoder_facts(inspector: Inspector) -> dict[str, Any]:
    """The checkpoint's name and shape, and its measured difference to Hugging Face."""
    config = inspector.encoder.config
    return {
        "name": inspector.name,
        "fingerprint": inspector.fingerprint,
        "family": config.family,
        "layers": config.num_layers,
        "heads": config.num_heads,
        "hidden": config.hidden_size,
        "head_size": config.head_size,
        "feed_forward": config.feed_forward_size,
        "vocabulary": config.vocab_size,
        "positions": config.max_tokens,
        "segments": config.num_segments,
        "max_tokens": inspector.max_tokens,
        "pooling": inspector.pooling,
        "has_pooler": inspector.encoder.pooler is not None,
        "activation": config.hidden_act,
        "layer_norm_eps": config.layer_norm_eps,
        "pre_norm": config.pre_norm,
        "parameters": sum(weight.numel() for weight in inspector.encoder.parameters()),
        "unknown_token": inspector.tokenizer.special_names["unk"],
        "continuation": continuation(inspector),
        "parity": asdict(parity(inspector)),
    }


def continuation(inspector: Inspector) -> str:
    """What a piece inside a word starts with: `##` of WordPiece, nothing in other vocabularies."""
    try:
        return inspector.tokenizer.readable().continuation
    except UserError:
        return ""


def written(step: Step) -> dict[str, Any]:
    """A step's shape in letters and numbers, and its meaning."""
    return {"axes": step.letters, "shape": list(step.shape), "meaning": step.meaning}


def written_match(inspector: Inspector, text: str, pair: str) -> dict[str, Any]:
    """The cosine taken apart, rounded no further than JSON does."""
    found = match(inspector, text, pair)
    return {
        "cosine": found.cosine,
        "pooling": found.pooling,
        "a": found.a,
        "b": found.b,
        "a_cut": found.a_cut,
        "b_cut": found.b_cut,
        "contributions": found.contributions_AB.tolist(),
        "a_share": found.contributions_AB.sum(1).tolist(),
        "b_share": found.contributions_AB.sum(0).tolist(),
        "exact": found.exact,
        "two_towers": found.two_towers,
    }
