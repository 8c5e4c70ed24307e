"""The encoder with the heads of pre-training.

Legend: B texts, M tokens to be told, D hidden size.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.head_files import head_names, read_heads, write_pretrained
from aisle.model.heads import MaskedLanguageModelHead, NextSentenceHead
from aisle.model.names import from_modules


class PretrainingModel(nn.Module):
    """BERT as it is pre-trained. Source: arXiv 1810.04805, section 3.1."""

    def __init__(self, config: EncoderConfig, *, next_sentence: bool) -> None:
        super().__init__()
        # The pooler is trained by next-sentence prediction and by nothing else.
        self.encoder = Encoder(config, with_pooler=next_sentence)
        self.words = MaskedLanguageModelHead(config)
        self.next = NextSentenceHead(config) if next_sentence else None

    @property
    def table_VD(self) -> Tensor:
        """The token table, with which the head of masked words shares its weights."""
        table: Tensor = self.encoder.embeddings.token.weight
        return table

    @classmethod
    def load(cls, directory: Path, *, next_sentence: bool) -> PretrainingModel:
        """Go on with a checkpoint. The heads are the checkpoint's own where it has them; else the one of masked words
        starts from the token table and the one of next sentences at random.

        Raises
            UserError: next sentence is asked of a family without BERT's pooler.
        """
        encoder = Encoder.load(directory)
        config = encoder.config
        if next_sentence and config.family != "bert":
            raise UserError(
                f"next-sentence prediction is BERT's, and this checkpoint is of type {config.family!r}; leave it out"
            )
        model = cls(config, next_sentence=next_sentence)
        if encoder.pooler is None and next_sentence:
            encoder.pooler = model.encoder.pooler
        model.encoder = encoder
        heads = {name: torch.tensor(array) for name, array in read_heads(directory, config).items()}
        own = {name for name in head_names(config.family) if next_sentence or not name.startswith("next.")}
        if not any(name.startswith("words.") for name in heads):
            model.words.start_from_table()
        state = {name: tensor for name, tensor in heads.items() if name in own}
        model.load_state_dict(model.state_dict() | state)
        return model

    def save(self, directory: Path) -> None:
        """Write `config.json` and `model.safetensors`, heads included, as `transformers` does."""
        directory.mkdir(parents=True, exist_ok=True)
        arrays = {name: tensor.detach().float().cpu().numpy() for name, tensor in self.state_dict().items()}
        encoder = {
            from_modules(name.removeprefix("encoder.")): array
            for name, array in arrays.items()
            if name.startswith("encoder.")
        }
        heads = {name: array for name, array in arrays.items() if not name.startswith("encoder.")}
        write_pretrained(directory, self.encoder.config, encoder, heads)
