"""Give a checkpoint the field markers as tokens of their own.

Legend: V tokens before, W tokens after, D hidden size.
"""

from __future__ import annotations

import dataclasses

import torch
from tokenizers import AddedToken
from torch import nn

from aisle.model.encoder import Encoder
from aisle.text.templates import MARKERS
from aisle.text.tokenizer import Tokenizer

# A marker starts as the word that says what it marks, which is nearer to the truth than a random vector.
_MEANINGS = ("name", "brand", "category", "attributes")


def add_markers(encoder: Encoder, tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer that reads each marker as one token; the encoder gets the rows it needs, in place.

    A checkpoint that has the markers already is left as it is.
    """
    if all(tokenizer.fast.token_to_id(marker) is not None for marker in MARKERS):
        return tokenizer
    meanings = tokenizer.encode_batch(_MEANINGS).ids
    fast = tokenizer.fast.from_str(tokenizer.fast.to_str())
    fast.add_special_tokens([AddedToken(marker, normalized=False, special=True) for marker in MARKERS])
    larger = Tokenizer(fast, tokenizer.special_names)
    table = encoder.embeddings.token
    rows = max(larger.vocab_size, table.num_embeddings)
    with torch.no_grad():
        weight_WD = torch.cat([table.weight, table.weight.new_zeros(rows - table.num_embeddings, table.embedding_dim)])
        for marker, ids in zip(MARKERS, meanings, strict=True):
            weight_WD[fast.token_to_id(marker)] = table.weight[ids[1:-1]].mean(dim=0)
    encoder.embeddings.token = nn.Embedding(rows, table.embedding_dim, _weight=weight_WD)
    encoder.config = dataclasses.replace(encoder.config, vocab_size=rows)
    return larger
