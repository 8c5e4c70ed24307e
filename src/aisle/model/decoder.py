"""The decoder: each token is told from those before it. Ids in, a score for every possible next token out.

Legend: B rows, T tokens of each, D hidden size, V vocabulary.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from aisle.errors import UserError
from aisle.model.decoder_checkpoint import read_decoder_weights, write_decoder_weights
from aisle.model.decoder_config import DecoderConfig
from aisle.model.decoder_layer import DecoderLayer
from aisle.model.key_values import Cache


class Decoder(nn.Module):
    """A Transformer decoder of GPT-2's family. Source: Radford et al. 2019, "Language Models are Unsupervised
    Multitask Learners".

    `Decoder.load(directory)` reads a checkpoint and is ready to write; `Decoder(config)` is fresh and ready to train.
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.token = nn.Embedding(config.vocab_size, config.hidden_size)
        self.position = nn.Embedding(config.max_positions, config.hidden_size)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.num_layers))
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.apply(self._initialise)

    def forward(self, ids_BT: Tensor, cache: Cache | None = None) -> Tensor:
        """The scores (B, T, V) of what follows each token. With a cache, `ids_BT` has the new tokens only.

        Raises
            UserError: more tokens, those in the cache among them, than the decoder has positions for.
        """
        return self.scores(self.hidden(ids_BT, cache))

    def hidden(self, ids_BT: Tensor, cache: Cache | None = None) -> Tensor:
        """The vectors (B, T, D) from which the next tokens are told."""
        first = 0 if cache is None else cache.length
        end = first + ids_BT.shape[1]
        if end > self.config.max_positions:
            raise UserError(f"a text has {end} tokens, and the decoder has positions for {self.config.max_positions}")
        positions_T = torch.arange(first, end, device=ids_BT.device)
        x_BTD: Tensor = self.dropout(self.token(ids_BT) + self.position(positions_T))
        for n, layer in enumerate(self.layers):
            x_BTD = layer(x_BTD, None if cache is None else cache.layers[n])
        if cache is not None:
            cache.length = end
        normalized_BTD: Tensor = self.norm(x_BTD)
        return normalized_BTD

    def scores(self, hidden: Tensor) -> Tensor:
        """The scores (…, V) of every next token, from vectors (…, D). The token table is the output layer too."""
        return linear(hidden, self.token.weight)

    @classmethod
    def load(cls, directory: str | Path) -> Decoder:
        """Read a checkpoint directory; the decoder is in evaluation mode (no dropout).

        Raises
            UserError: a file is missing or damaged, or config and weights do not belong together.
        """
        config = DecoderConfig.load(directory)
        weights = read_decoder_weights(directory, config)
        with torch.device("meta"):
            decoder = cls(config)
        decoder.load_state_dict({name: torch.tensor(array) for name, array in weights.items()}, assign=True)
        return decoder.eval()

    def save(self, directory: str | Path) -> None:
        """Write `config.json` and `model.safetensors` as Hugging Face's GPT2LMHeadModel does. Weights are float32."""
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.save(folder)
        weights = {name: tensor.float().cpu().numpy() for name, tensor in self.state_dict().items()}
        write_decoder_weights(folder, self.config, weights)

    def _initialise(self, module: nn.Module) -> None:
        """Fresh weights as GPT-2 has them: normal with a small spread, biases 0.

        What is added to the stream of vectors is smaller by the square root of the number of additions.
        """
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
        if isinstance(module, DecoderLayer):
            smaller = self.config.initializer_range / math.sqrt(2 * self.config.num_layers)
            nn.init.normal_(module.attention.output.weight, std=smaller)
            nn.init.normal_(module.feed_forward.output.weight, std=smaller)
