"""The model that writes SQL, in torch: it trains here, and `engine.py` runs it without torch.

Question words go through the pretrained encoder; names of tables and columns through its lowest layers only, which do
not train, each by itself. Two layers let all of these things look at each other. The decoder then writes symbols: a
keyword, or a thing it points to. It is a pointer network (Vinyals et al. 2015, arXiv 1506.03134) under a grammar,
over the encoder–decoder family's own layers.

Legend: B questions, P word pieces, N texts of schemas, S things, M marks, T symbols, K keywords, E the encoder's
vector length, D the width of the parts, V = K + S what may be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from aisle.model.cross_layer import CrossLayer
from aisle.model.encoder import Encoder
from aisle.model.layer import EncoderLayer
from aisle.sql.sheet import KEYWORDS
from aisle.tasks.ask.settings import AskSettings, decoder_config, frozen_layers, linking_config
from aisle.tasks.ask.things import MARKS

NOT_ALLOWED = -1e4


@dataclass(frozen=True, kw_only=True, slots=True)
class AskBatch:
    """Some questions with their queries."""

    pieces_BP: Tensor
    piece_mask_BP: Tensor
    names_NE: Tensor
    """The vector of every text that things of the batch have, once each, and a last row of zeros."""
    name_of_BS: Tensor
    """Which of those a thing has."""
    words_BSP: Tensor
    """Share that each piece of the question has in a thing's vector."""
    marks_BSM: Tensor
    links_BSS: Tensor
    """Share that the vectors of linked things have in what a thing is told of them."""
    thing_mask_BS: Tensor
    target_BT: Tensor
    """START, then the symbols; 0 behind the end."""
    told_BT: Tensor
    """True where target t + 1 is a symbol that is to be told."""
    allowed_BTV: Tensor
    """What the grammar allows in the place of target t + 1."""

    def to(self, device: torch.device) -> AskBatch:
        """The same on a device."""
        return AskBatch(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


class AskModel(nn.Module):
    """Encoder, linking layers, decoder with pointers."""

    def __init__(self, encoder: Encoder, settings: AskSettings) -> None:
        super().__init__()
        self.encoder = encoder
        self.encoder.pooler = None
        self.frozen = frozen_layers(encoder.config, settings)
        E, D = encoder.config.hidden_size, settings.width
        linking, decoding = linking_config(settings), decoder_config(settings)
        self.narrow = nn.Linear(E, D)
        self.narrow_name = nn.Linear(E, D, bias=False)
        self.marks = nn.Linear(len(MARKS), D, bias=False)
        self.relate = nn.Linear(D, D)
        self.thing_norm = nn.LayerNorm(D)
        self.linking = nn.ModuleList(EncoderLayer(linking) for _ in range(linking.num_layers))
        self.keyword = nn.Embedding(len(KEYWORDS) + 1, D)
        self.position = nn.Embedding(decoding.max_positions, D)
        self.told = nn.Linear(D, D)
        self.symbol_norm = nn.LayerNorm(D)
        self.dropout = nn.Dropout(settings.part_dropout)
        self.layers = nn.ModuleList(CrossLayer(decoding) for _ in range(decoding.decoder_layers))
        self.ask_keyword = nn.Linear(D, D)
        self.ask_thing = nn.Linear(D, D)
        for name, part in self.named_children():
            if name != "encoder":
                part.apply(_initialise)

    def forward(self, batch: AskBatch) -> Tensor:
        """Scores (B, T - 1, V) of every symbol after the first; those that are not allowed have `NOT_ALLOWED`."""
        return self.write(batch, self.read(batch))

    @torch.no_grad()
    def names(self, ids_P: Sequence[int]) -> Tensor:
        """The vector (E,) of one text of a schema: the mean after the layers that do not train, without dropout."""
        training = self.training
        self.eval()
        x_1PE = self.encoder.embeddings(torch.tensor([list(ids_P)], device=self.narrow.weight.device), None, None)
        for layer in self.encoder.layers[: self.frozen]:
            x_1PE = layer(x_1PE, None, None)
        self.train(training)
        mean_E: Tensor = x_1PE[0].mean(dim=0).cpu()
        return mean_E

    def read(self, batch: AskBatch) -> Tensor:
        """The vectors (B, S, D) of all things, after they have looked at each other."""
        pieces_BPE = self.encoder(batch.pieces_BP, mask_BT=batch.piece_mask_BP)
        x_BSE = batch.words_BSP @ pieces_BPE
        x_BSD = self.narrow(x_BSE) + self.narrow_name(batch.names_NE)[batch.name_of_BS] + self.marks(batch.marks_BSM)
        x_BSD = self.dropout(self.thing_norm(x_BSD + self.relate(batch.links_BSS @ x_BSD)))
        keep_B11S = batch.thing_mask_BS[:, None, None, :]
        for layer in self.linking:
            x_BSD = layer(x_BSD, keep_B11S, None)
        linked_BSD: Tensor = x_BSD
        return linked_BSD

    def write(self, batch: AskBatch, x_BSD: Tensor) -> Tensor:
        """Scores (B, T - 1, V) of the symbols after the first."""
        T = batch.target_BT.shape[1]
        K = len(KEYWORDS)
        symbols_BT = batch.target_BT[:, :-1]
        # START, the first symbol, is the row behind the keywords; every other symbol from K on is a thing.
        is_thing_BT = symbols_BT >= K
        is_thing_BT[:, 0] = False
        things_BTD = torch.gather(
            self.told(x_BSD),
            1,
            (symbols_BT - K).clamp(min=0, max=x_BSD.shape[1] - 1)[..., None].expand(-1, -1, x_BSD.shape[2]),
        )
        keywords_BTD = self.keyword(torch.where(is_thing_BT, torch.zeros_like(symbols_BT), symbols_BT))
        h_BTD = torch.where(is_thing_BT[..., None], things_BTD, keywords_BTD)
        h_BTD = h_BTD + self.position(torch.arange(T - 1, device=h_BTD.device))
        h_BTD = self.dropout(self.symbol_norm(h_BTD))
        keep_B11S = batch.thing_mask_BS[:, None, None, :]
        for layer in self.layers:
            h_BTD = layer(h_BTD, x_BSD, keep_B11S, None)
        scale = h_BTD.shape[-1] ** -0.5
        keyword_BTK = self.ask_keyword(h_BTD) @ self.keyword.weight[:K].T
        thing_BTS = self.ask_thing(h_BTD) @ x_BSD.transpose(1, 2)
        scores_BTV = torch.cat([keyword_BTK, thing_BTS], dim=-1) * scale
        possible_BTV: Tensor = scores_BTV.masked_fill(~batch.allowed_BTV, NOT_ALLOWED)
        return possible_BTV


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    if isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.5)
