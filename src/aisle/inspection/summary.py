"""The walk as one JSON object: what the command prints, the API answers and the page draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from aisle.inspection.inspector import Inspector
from aisle.inspection.match import match
from aisle.inspection.parity import parity
from aisle.inspection.path import text_path
from aisle.inspection.trace import Trace

POOLED = ("pooled.mean", "pooled.max", "pooled.cls")


def summary(inspector: Inspector, text: str, pair: str = "", *, steps: Sequence[str] = ()) -> dict[str, Any]:
    """Everything but the large numbers; of the steps whose names match `steps`, the numbers, too."""
    tokens = inspector.tokens(text, pair)
    trace = inspector.trace(text, pair, steps=(*POOLED, *steps))
    return {
        "encoder": encoder_facts(inspector),
        "text": text,
        "pair": pair,
        "path": paths(inspector, text, pair),
        "tokens": [
            {"token": token, "id": number, "segment": segment, "position": place, "special": special}
            for place, (token, number, segment, special) in enumerate(
                zip(tokens.tokens, tokens.ids, tokens.segments, tokens.special, strict=True)
            )
        ],
        "truncated": {"texts": int(tokens.cut > 0), "tokens": tokens.cut},
        "steps": written_steps(trace, values=bool(steps)),
        "pooled": {name.removeprefix("pooled."): trace[name].tolist() for name in POOLED},
        "match": None if not pair.strip() else written_match(inspector, text, pair),
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
        "max_tokens": inspector.max_tokens,
        "pooling": inspector.pooling,
        "activation": config.hidden_act,
        "layer_norm_eps": config.layer_norm_eps,
        "parameters": sum(weight.numel() for weight in inspector.encoder.parameters()),
        "parity": asdict(parity(inspector)),
    }


def paths(inspector: Inspector, text: str, pair: str) -> list[dict[str, Any]]:
    """The path of the text, and of its pair if there is one."""
    tokens = inspector.tokens(text, pair)
    found = []
    for segment, part in enumerate([text, pair] if pair else [text]):
        # RoBERTa's two texts share one segment; there the end of the first is the first special token after it.
        first_end = next(place for place in range(1, len(tokens.ids)) if tokens.special[place])
        read = first_end - 1 if segment == 0 else tokens.special[first_end:].count(False)
        found.append(asdict(text_path(inspector.tokenizer, part, pieces=read)))
    return found


def written_steps(trace: Trace, *, values: bool) -> list[dict[str, Any]]:
    """Every step with its shape and meaning, and its numbers where they were kept and are wanted."""
    return [
        {"name": step.name, "symbol_shape": step.letters, "shape": list(step.shape), "meaning": step.meaning}
        | ({"values": trace[step.name].tolist()} if values and step.name in trace else {})
        for step in trace.steps.values()
    ]


def written_match(inspector: Inspector, text: str, pair: str) -> dict[str, Any]:
    """The cosine taken apart, rounded no further than JSON does."""
    found = match(inspector, text, pair)
    return {
        "cosine": found.cosine,
        "pooling": found.pooling,
        "a": found.a,
        "b": found.b,
        "contributions": found.contributions_AB.tolist(),
        "a_share": found.contributions_AB.sum(1).tolist(),
        "b_share": found.contributions_AB.sum(0).tolist(),
        "exact": found.exact,
    }
