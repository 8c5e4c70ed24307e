"""The encoder: embeddings, then N layers. Ids in, one vector a token out.

Legend: B texts, T tokens of each, D hidden size.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from aisle.errors import UserError
from aisle.model.checkpoint import read_checkpoint, write_weights
from aisle.model.config import EncoderConfig
from aisle.model.embeddings import Embeddings
from aisle.model.layer import EncoderLayer, PreNormLayer
from aisle.model.names import from_modules, to_modules
from aisle.model.pooling import Pooler
from aisle.model.recorder import Recorder, scope


class Encoder(nn.Module):
    """A Transformer encoder of BERT's family. Source: Devlin et al. 2018 (arXiv 1810.04805).

    `Encoder.load(directory)` reads a checkpoint and is ready to encode; `Encoder(config)` is fresh and ready to train.
    """

    def __init__(self, config: EncoderConfig, *, with_pooler: bool = True) -> None:
        super().__init__()
        self.config = config
        self.embeddings = Embeddings(config)
        layer = PreNormLayer if config.pre_norm else EncoderLayer
        self.layers = nn.ModuleList(layer(config) for _ in range(config.num_layers))
        # Pre-norm layers hand on what is not normalised; the last one's result is.
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps) if config.pre_norm else None
        self.pooler = Pooler(config.hidden_size) if with_pooler else None
        self.unused_weights: tuple[str, ...] = ()
        """Names in the checkpoint that are no part of an encoder, such as the heads of pre-training."""
        self.apply(self._initialise)

    def forward(
        self,
        ids_BT: Tensor,
        segments_BT: Tensor | None = None,
        mask_BT: Tensor | None = None,
        recorder: Recorder | None = None,
    ) -> Tensor:
        """The last layer's vectors (B, T, D).

        `segments_BT` is 0 for the first text of a pair and 1 for the second (None: all 0). `mask_BT` is true or 1 for
        tokens of the text and false or 0 for padding (None: no padding); what the encoder says of padding is
        meaningless. A recorder is told every intermediate under the names in `recorder.py`.

        Raises
            UserError: the texts have more tokens than the encoder has positions for.
        """
        if ids_BT.shape[1] > self.config.max_tokens:
            raise UserError(
                f"a text has {ids_BT.shape[1]} tokens, and the encoder has positions for {self.config.max_tokens}; "
                "cut it with the tokenizer's max_tokens"
            )
        # Every token may look at every token that is not padding.
        keep_B11T = None if mask_BT is None else mask_BT.bool()[:, None, None, :]
        x_BTD: Tensor = self.embeddings(ids_BT, segments_BT, scope(recorder, "embeddings"))
        for n, layer in enumerate(self.layers):
            x_BTD = layer(x_BTD, keep_B11T, scope(recorder, f"layer.{n}"))
        if self.norm is not None:
            x_BTD = self.norm(x_BTD)
            if recorder is not None:
                recorder.record("normalized", x_BTD)
        return x_BTD

    @classmethod
    def load(cls, directory: str | Path) -> Encoder:
        """Read a checkpoint directory; the encoder is in evaluation mode (no dropout).

        Raises
            UserError: a file is missing or damaged, or config and weights do not belong together.
        """
        checkpoint = read_checkpoint(directory)
        # Built without memory for its weights, which then come from the file. They are copied, because arrays that are
        # mapped from a file may not be written to.
        with torch.device("meta"):
            encoder = cls(EncoderConfig.load(directory), with_pooler=checkpoint.has_pooler)
        state = {to_modules(name): torch.tensor(array) for name, array in checkpoint.weights.items()}
        encoder.load_state_dict(state, assign=True)
        encoder.unused_weights = checkpoint.unused
        return encoder.eval()

    def save(self, directory: str | Path) -> None:
        """Write `config.json` and `model.safetensors` as the family's Hugging Face class does. Weights are float32."""
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.save(folder)
        weights = {from_modules(name): tensor.float().cpu().numpy() for name, tensor in self.state_dict().items()}
        write_weights(folder, self.config, weights)

    def _initialise(self, module: nn.Module) -> None:
        """Fresh weights as BERT has them: normal with a small spread, biases 0."""
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=self.config.initializer_range)
        if isinstance(module, nn.Linear):
            nn.init.zeros_(module.bias)
