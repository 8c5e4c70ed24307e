"""Compare the encoder with Hugging Face's, family by family, and write `docs/parity.md`.

    python benchmarks/parity.py [--output docs/parity.md]

Each family is a small random checkpoint that `transformers` makes on the spot, so nothing is downloaded; the real
all-MiniLM-L6-v2 is added where it is found on the machine. `tests/model/test_parity.py` asserts what this table shows.

Legend: B texts, T tokens of each, D hidden size.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer as FastTokenizer
from tokenizers import decoders, models, pre_tokenizers, processors

from aisle.errors import UserError
from aisle.model.encoder import Encoder
from aisle.model.pooling import pool
from aisle.model.source import find_checkpoint
from aisle.text.tokenizer import TokenBatch, Tokenizer
from aisle.text.vocabulary import Vocabulary

TEXTS = [
    "I love machine learning",
    "Mac & cheese, 500 g",
    "",
    "Crème brûlée 中文 👍 unhappiness",
    "oat <pad> milk [SEP] cheese <mask>",
    "milk " * 25,
]
PAIRS = ["machine learning", "macaroni", "x", "an oat drink for two, organic and cold", "[MASK]", "milk"]
LIMIT = 60
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789&,.%中"
WORDS = ("love", "machine", "learning", "milk", "oat", "cheese", "mac", "##happi", "##ness", "organic", "drink")
WORDPIECE = Vocabulary(
    ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS), *WORDS)
)
SHAPE = {"hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 96}
DISTILBERT_SHAPE = {"dim": 48, "n_layers": 3, "n_heads": 4, "hidden_dim": 96}
MINILM_SHAPE = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
ROBERTA_NAMES = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


@dataclass(frozen=True, slots=True)
class Differences:
    """The greatest absolute differences between this package and Hugging Face, over all tokens of all texts."""

    same_ids: bool
    layers: float
    last_hidden: float
    pooled: float | None  # None for DistilBERT, which has no pooler
    back: float  # of the last hidden state, after this package saved the weights and Hugging Face read them


def make_checkpoints(folder: Path) -> Iterator[tuple[str, Path]]:
    """Write a random checkpoint a family; yields the family and its directory."""
    bert, size = transformers.BertConfig, len(WORDPIECE)
    cases: list[tuple[str, Any]] = [
        ("BERT, uncased", bert(vocab_size=size, max_position_embeddings=64, **SHAPE)),
        ("BERT, cased", bert(vocab_size=size, max_position_embeddings=64, **SHAPE)),
        ("BERT, tanh GELU", bert(vocab_size=size, max_position_embeddings=64, hidden_act="gelu_new", **SHAPE)),
        ("MiniLM shape", bert(vocab_size=size, max_position_embeddings=64, **MINILM_SHAPE)),
        (
            "DistilBERT",
            transformers.DistilBertConfig(vocab_size=size, max_position_embeddings=64, **DISTILBERT_SHAPE),
        ),
        *(
            (name, config(vocab_size=300, max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5, **SHAPE))
            for name, config in (
                ("RoBERTa", transformers.RobertaConfig),
                ("XLM-R", transformers.XLMRobertaConfig),
                ("CamemBERT", transformers.CamembertConfig),
            )
        ),
        (
            "RoBERTa-PreLayerNorm",
            transformers.RobertaPreLayerNormConfig(
                vocab_size=size, max_position_embeddings=65, type_vocab_size=2, pad_token_id=0, **SHAPE
            ),
        ),
    ]
    for seed, (name, config) in enumerate(cases):
        directory = folder / name.replace(", ", "-").replace(" ", "-")
        directory.mkdir()
        _random_model(config, seed).save_pretrained(directory)
        _tokenizer_for(name).save(directory)
        yield name, directory


def compare(directory: Path) -> Differences:
    """Encode single texts and pairs here and with Hugging Face, padded into one batch, and take the differences."""
    theirs = transformers.AutoModel.from_pretrained(directory, attn_implementation="eager").eval()
    tokenizer, encoder = Tokenizer.load(directory), Encoder.load(directory)
    reference = FastTokenizer.from_file(str(directory / "tokenizer.json"))
    reference.no_padding()
    reference.enable_truncation(LIMIT)
    same_ids, found = True, []
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        encoder.save(folder)
        back = transformers.AutoModel.from_pretrained(folder).eval()
        for batch, inputs in (
            (tokenizer.encode_batch(TEXTS, max_tokens=LIMIT), list(TEXTS)),
            (tokenizer.encode_batch(TEXTS, PAIRS, max_tokens=LIMIT), list(zip(TEXTS, PAIRS, strict=True))),
        ):
            same_ids &= batch.ids == [encoding.ids for encoding in reference.encode_batch(inputs)]
            found.append(_differences(batch, tokenizer.special.pad, encoder, theirs, back))
    layers, last_hidden, pooled, back_hidden = (max(values) for values in zip(*found, strict=True))
    return Differences(same_ids, layers, last_hidden, pooled if encoder.pooler else None, back_hidden)


class Layers:
    """A recorder that keeps what every layer made."""

    def __init__(self, *, pre_norm: bool) -> None:
        self._last = "feed_forward.residual" if pre_norm else "feed_forward.normalized"
        self.results: list[torch.Tensor] = []

    def record(self, name: str, value: torch.Tensor) -> None:
        """Keep the embeddings' and the layers' results only."""
        if name == "embeddings.normalized" or name.endswith(self._last):
            self.results.append(value)
        if name == "normalized":
            # Hugging Face gives the last layer's result after the LayerNorm that only pre-norm encoders end with.
            self.results[-1] = value


def _differences(
    batch: TokenBatch, pad: int, encoder: Encoder, theirs: Any, back: Any
) -> tuple[float, float, float, float]:
    ids_BT, segments_BT, mask_BT = _padded(batch, pad)
    inputs = {"input_ids": ids_BT, "attention_mask": mask_BT.long()}
    if encoder.config.num_segments:
        inputs["token_type_ids"] = segments_BT
    layers = Layers(pre_norm=encoder.config.pre_norm)
    hidden_BTD = encoder(ids_BT, segments_BT, mask_BT, layers)
    expected = theirs(**inputs, output_hidden_states=True)

    def difference(ours: torch.Tensor, other: torch.Tensor) -> float:
        return float((ours - other)[mask_BT].abs().max())

    pooled = 0.0
    if encoder.pooler is not None:
        pooled_BD = pool(hidden_BTD, mask_BT, "pooler", pooler=encoder.pooler)
        pooled = float((pooled_BD - expected.pooler_output).abs().max())
    return (
        max(difference(*pair) for pair in zip(layers.results, expected.hidden_states, strict=True)),
        difference(hidden_BTD, expected.last_hidden_state),
        pooled,
        difference(hidden_BTD, back(**inputs).last_hidden_state),
    )


def _padded(batch: TokenBatch, pad: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    length = max(map(len, batch.ids))
    ids_BT = torch.tensor([ids + [pad] * (length - len(ids)) for ids in batch.ids])
    segments = batch.segments or [[0] * len(ids) for ids in batch.ids]
    segments_BT = torch.tensor([row + [0] * (length - len(row)) for row in segments])
    lengths_B = torch.tensor(list(map(len, batch.ids)))
    return ids_BT, segments_BT, torch.arange(length) < lengths_B[:, None]


def _random_model(config: Any, seed: int) -> Any:
    """Weights far from their start: fresh ones make attention flat and LayerNorm idle, and would hide mistakes."""
    torch.manual_seed(seed)
    model = transformers.AutoModel.from_config(config)
    scale = config.hidden_size**-0.5
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * scale)
    return model


def _tokenizer_for(name: str) -> Tokenizer:
    if name not in ("RoBERTa", "XLM-R", "CamemBERT"):
        return Tokenizer.of_vocabulary(WORDPIECE, lower_case="uncased" in name)
    names = dict(zip(("cls", "pad", "sep", "unk", "mask"), ROBERTA_NAMES, strict=True))
    if name == "RoBERTa":
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        pieces = {piece: place for place, piece in enumerate((*ROBERTA_NAMES, *alphabet, "mi", "mil", "milk"))}
        fast = FastTokenizer(models.BPE(pieces, [("m", "i"), ("mi", "l"), ("mil", "k")]))
        fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        fast.decoder = decoders.ByteLevel()
    else:
        scores = [(piece, -float(place)) for place, piece in enumerate((*ROBERTA_NAMES, "▁", *LETTERS, "▁milk", "ing"))]
        fast = FastTokenizer(models.Unigram(scores, unk_id=3))
        fast.pre_tokenizer = pre_tokenizers.Metaspace()
    fast.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    fast.add_special_tokens(list(ROBERTA_NAMES))
    return Tokenizer(fast, names)


def _table(rows: list[tuple[str, Differences]]) -> str:
    def number(value: float | None) -> str:
        return "none" if value is None else f"{value:.1e}"

    lines = [
        f"| {name} | {'identical' if d.same_ids else 'DIFFER'} | {number(d.layers)} | {number(d.last_hidden)} | "
        f"{number(d.pooled)} | {number(d.back)} |"
        for name, d in rows
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent.parent / "docs" / "parity.md")
    output = parser.parse_args().output
    transformers.logging.set_verbosity_error()
    with tempfile.TemporaryDirectory() as folder:
        rows = [(name, compare(directory)) for name, directory in make_checkpoints(Path(folder))]
    try:
        rows.append(("all-MiniLM-L6-v2, the real one", compare(find_checkpoint("minilm"))))
    except UserError as error:
        print(f"left out: {error}")
    output.write_text(
        f"""# Parity with Hugging Face

Written by `python benchmarks/parity.py`; do not edit. The greatest absolute difference, in float32, between this
package's encoder and the one of `transformers` with the same weights, over {len(TEXTS)} texts and {len(PAIRS)} pairs
of different lengths in one padded batch: special characters, an empty text and one cut at {LIMIT} tokens among them.
The checkpoints are small and random, made on the spot by `transformers`; weights are drawn wide, so that attention is
far from flat.

- *ids*: whether the token ids, of texts and of pairs, cut or whole, are those of Hugging Face `tokenizers`.
- *every layer*: the embeddings' result and each layer's result, the greatest of them.
- *pooled*: BERT's pooler over the first token. DistilBERT has none.
- *written back*: the last hidden state after this package saved the weights and `transformers` read them.

| family | ids | every layer | last hidden state | pooled | written back |
|---|---|---|---|---|---|
{_table(rows)}

The tests allow 1e-5. Measured with torch {torch.__version__}, transformers {transformers.__version__},
numpy {np.__version__}, Python {platform.python_version()} on {platform.system()} {platform.machine()}.
""",
        "utf-8",
    )
    print(output.read_text("utf-8"))


if __name__ == "__main__":
    main()
