"""The encoder–decoder: a source is read as a whole, a target is written token by token.

Legend: B rows, S source tokens, T target tokens, D hidden size, V vocabulary.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from aisle.errors import UserError
from aisle.model.cross_layer import CrossLayer
from aisle.model.encoder import Encoder
from aisle.model.encoder_decoder_checkpoint import read_encoder_decoder_weights, write_encoder_decoder_weights
from aisle.model.encoder_decoder_config import EncoderDecoderConfig
from aisle.model.key_values import Cache


class EncoderDecoder(nn.Module):
    """A Transformer of BART's family. Source: Vaswani et al. 2017 (arXiv 1706.03762), Lewis et al. 2019 (1910.13461).

    The encoder is BERT's; source, target and output share one token table.
    """

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        self.config = config
        D = config.hidden_size
        self.encoder = Encoder(config.encoder(), with_pooler=False)
        self.position = nn.Embedding(config.max_positions, D)
        self.norm = nn.LayerNorm(D, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(CrossLayer(config) for _ in range(config.decoder_layers))
        for part in (self.position, self.layers):
            part.apply(self._initialise)

    def forward(self, source_BS: Tensor, target_BT: Tensor, source_mask_BS: Tensor | None = None) -> Tensor:
        """The scores (B, T, V) of what follows each target token, for targets that are known (training).

        `source_mask_BS` is true or 1 for tokens of the source and false or 0 for padding (None: no padding). Padding
        behind a target needs no mask: no token looks at what comes after it.
        """
        return self.decode(target_BT, self.encode(source_BS, source_mask_BS), source_mask_BS)

    def encode(self, source_BS: Tensor, source_mask_BS: Tensor | None = None) -> Tensor:
        """The vectors (B, S, D) of the source, computed once for all steps of decoding."""
        memory_BSD: Tensor = self.encoder(source_BS, mask_BT=source_mask_BS)
        return memory_BSD

    def decode(
        self,
        target_BT: Tensor,
        memory_BSD: Tensor,
        source_mask_BS: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """The scores (B, T, V) of what follows each target token. With a cache, `target_BT` has new tokens only.

        Raises
            UserError: more tokens, those in the cache among them, than the decoder has positions for.
        """
        first = 0 if cache is None else cache.length
        end = first + target_BT.shape[1]
        if end > self.config.max_positions:
            raise UserError(f"a target has {end} tokens, and the decoder has positions for {self.config.max_positions}")
        positions_T = torch.arange(first, end, device=target_BT.device)
        keep_B11S = None if source_mask_BS is None else source_mask_BS.bool()[:, None, None, :]
        token = self.encoder.embeddings.token
        x_BTD: Tensor = self.dropout(self.norm(token(target_BT) + self.position(positions_T)))
        for n, layer in enumerate(self.layers):
            x_BTD = layer(x_BTD, memory_BSD, keep_B11S, None if cache is None else cache.layers[n])
        if cache is not None:
            cache.length = end
        return linear(x_BTD, token.weight)

    @classmethod
    def load(cls, directory: str | Path) -> EncoderDecoder:
        """Read a checkpoint directory; the model is in evaluation mode (no dropout).

        Raises
            UserError: a file is missing or damaged, or config and weights do not belong together.
        """
        config = EncoderDecoderConfig.load(directory)
        with torch.device("meta"):
            model = cls(config)
        shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
        weights = read_encoder_decoder_weights(directory, shapes)
        model.load_state_dict({name: torch.tensor(array) for name, array in weights.items()}, assign=True)
        return model.eval()

    def save(self, directory: str | Path) -> None:
        """Write `config.json` and `model.safetensors` as Hugging Face's BartForConditionalGeneration does."""
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.save(folder)
        weights = {name: tensor.float().cpu().numpy() for name, tensor in self.state_dict().items()}
        write_encoder_decoder_weights(folder, weights)

    def _initialise(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
