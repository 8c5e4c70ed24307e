"""The three families at a glance, from the package's own configurations.

Legend: D hidden size, F feed-forward size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from aisle.errors import UserError
from aisle.inspection.lessons.lesson import Input, Lesson, Question, Step, Values
from aisle.model.config import EncoderConfig
from aisle.model.decoder import Decoder
from aisle.model.decoder_config import DecoderConfig
from aisle.model.encoder import Encoder
from aisle.model.encoder_decoder import EncoderDecoder
from aisle.model.encoder_decoder_config import EncoderDecoderConfig

FAMILIES = ("encoder (BERT)", "decoder (GPT-2)", "encoder–decoder (BART)")


def work(values: Values) -> Sequence[Step]:
    """Weights of each family at one size; nothing is allocated for them."""
    layers, hidden, heads = (int(values[name][0, 0]) for name in ("layers", "hidden", "heads"))
    if hidden % heads:
        raise UserError(f"{hidden} numbers cannot be shared out among {heads} heads; choose sizes that divide")
    if layers % 2:
        raise UserError(
            f"layers is {layers}; give an even number, so that an encoder–decoder can have half on each side"
        )
    shape: dict[str, Any] = {"hidden_size": hidden, "num_heads": heads, "feed_forward_size": 4 * hidden}
    half = layers // 2
    with torch.device("meta"):
        models: list[nn.Module] = [
            Encoder(EncoderConfig(num_layers=layers, **shape)),
            Decoder(DecoderConfig(num_layers=layers, **shape)),
            EncoderDecoder(EncoderDecoderConfig(encoder_layers=half, decoder_layers=half, **shape)),
        ]
    table = [
        [weights(model), self_attentions, crossed]
        for model, self_attentions, crossed in zip(models, (layers, layers, layers), (0, 0, half), strict=True)
    ]
    return [
        Step(
            title="The same blocks, put together in three ways",
            values=np.array(table),
            rows=FAMILIES,
            columns=("weights", "self-attentions", "cross-attentions"),
            note="Each with its own vocabulary: 30,522, 50,257 and 50,265 words. The feed-forward width is 4 D.",
        )
    ]


def weights(model: nn.Module) -> int:
    """How many numbers a model learns; shared tables count once."""
    return sum(weight.numel() for weight in {id(weight): weight for weight in model.parameters()}.values())


def drawing() -> list[dict[str, Any]]:
    """What the page draws: for each family its columns of blocks, bottom up."""
    encoder, decoder, both = EncoderConfig(), DecoderConfig(), EncoderDecoderConfig()
    return [
        {
            "name": FAMILIES[0],
            "for": "understands: embeddings, search, classification",
            "columns": [column("every token sees every token", encoder.num_layers, ("self-attention", "feed-forward"))],
            "size": f"{encoder.num_layers} layers, D {encoder.hidden_size}, {encoder.num_heads} heads",
        },
        {
            "name": FAMILIES[1],
            "for": "goes on: completion, generation",
            "columns": [
                column("a token sees those before it", decoder.num_layers, ("causal attention", "feed-forward"))
            ],
            "size": f"{decoder.num_layers} layers, D {decoder.hidden_size}, {decoder.num_heads} heads",
        },
        {
            "name": FAMILIES[2],
            "for": "turns one text into another: translation, text to SQL",
            "columns": [
                column("reads all of the source", both.encoder_layers, ("self-attention", "feed-forward")),
                column(
                    "writes, and looks back at the source",
                    both.decoder_layers,
                    ("causal attention", "cross-attention", "feed-forward"),
                ),
            ],
            "size": f"{both.encoder_layers}+{both.decoder_layers} layers, D {both.hidden_size}, {both.num_heads} heads",
        },
    ]


def column(says: str, layers: int, blocks: tuple[str, ...]) -> dict[str, Any]:
    """One stack of layers."""
    return {"says": says, "layers": layers, "blocks": list(blocks)}


LESSON = Lesson(
    name="families",
    title="The families at a glance",
    lead="One kind of block, three ways of putting it together, three kinds of task.",
    inputs=(
        Input(name="layers", label="Layers", values=((12,),), least=2, most=48),
        Input(name="hidden", label="Hidden size D", values=((768,),), least=8, most=4096),
        Input(name="heads", label="Heads", values=((12,),), least=1, most=64),
    ),
    work=work,
    question=Question(
        text="Which of these turns a question in plain words into SQL?",
        options=("SBERT", "LSTM to LSTM, a sequence to a sequence", "GPT-2", "A feed-forward network"),
        right=2,
        because="SBERT and a feed-forward network cannot write. GPT-2 goes on from the question to the query; an LSTM "
        "pair can do it as well, with less. No key to this exercise was published.",
    ),
    uses=("aisle.model.encoder", "aisle.model.decoder", "aisle.model.encoder_decoder"),
    facts={"families": drawing()},
)
