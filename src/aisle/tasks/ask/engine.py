"""The model that writes SQL, run with numpy: one question at a time, a symbol at a time.

Legend: B rows (beams), N texts, P word pieces, S things, T symbols, D width, E the encoder's vector length, K keywords,
V = K + S what may be written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.sql.sheet import KEYWORDS
from aisle.tasks.ask.layers import Array, EncoderLayer, Linear, Norm, Weights, WritingLayer, act_named
from aisle.tasks.ask.settings import AskSettings, decoder_config, frozen_layers, linking_config
from aisle.tasks.ask.things import Things
from aisle.text.tokenizer import Tokenizer

_NORM_EPS = 1e-5
_MOST_TEXTS = 20_000
LONGEST_NAME = 32
"""Pieces of the longest name of a table, column or constant; what is longer is cut, as in training."""


class AskEngine:
    """Reads sheets and writes symbols. Safe to use from many threads."""

    def __init__(self, config: EncoderConfig, settings: AskSettings, weights: Weights, tokenizer: Tokenizer) -> None:
        """`weights` by the names of `aisle.tasks.ask.model.AskModel`.

        Raises
            UserError: the encoder is of a family that is not read here.
        """
        if config.family != "bert":
            raise UserError(f"an encoder of type {config.family!r} cannot read questions here; use one of type bert")
        self.tokenizer = tokenizer
        self._token_VE = weights["encoder.embeddings.token.weight"]
        self._position_PE = (
            weights["encoder.embeddings.position.weight"] + weights["encoder.embeddings.segment.weight"][0]
        )
        self._embedding_norm = Norm(weights, "encoder.embeddings.norm", config.layer_norm_eps)
        encoder_act, eps = act_named(config.hidden_act), config.layer_norm_eps
        self._encoder = [
            EncoderLayer(weights, f"encoder.layers.{n}", config.num_heads, eps, encoder_act)
            for n in range(config.num_layers)
        ]
        self._most_pieces = config.max_tokens
        linking, decoding = linking_config(settings), decoder_config(settings)
        self.most_steps = decoding.max_positions - 1
        act = act_named(linking.hidden_act)
        self._frozen = frozen_layers(config, settings)
        self._narrow, self._narrow_name = Linear(weights, "narrow"), Linear(weights, "narrow_name")
        self._marks, self._relate = Linear(weights, "marks"), Linear(weights, "relate")
        self._thing_norm = Norm(weights, "thing_norm", _NORM_EPS)
        self._linking = [
            EncoderLayer(weights, f"linking.{n}", linking.num_heads, linking.layer_norm_eps, act)
            for n in range(linking.num_layers)
        ]
        self.keyword_KD = weights["keyword.weight"]
        self.position_TD = weights["position.weight"]
        self.told, self.ask_keyword, self.ask_thing = (Linear(weights, n) for n in ("told", "ask_keyword", "ask_thing"))
        self.symbol_norm = Norm(weights, "symbol_norm", _NORM_EPS)
        self.layers = [
            WritingLayer(weights, f"layers.{n}", decoding.num_heads, decoding.layer_norm_eps, act)
            for n in range(decoding.decoder_layers)
        ]
        self._texts: dict[str, Array] = {}

    def read(self, things: Things) -> Array:
        """The vectors (S, D) of all things of a sheet.

        Raises
            UserError: the question has more word pieces than the encoder reads.
        """
        if len(things.pieces) > self._most_pieces:
            raise UserError(
                f"the question has {len(things.pieces)} word pieces, and the encoder reads {self._most_pieces}"
            )
        pieces_PE = self._encode(np.array([things.pieces]), self._encoder)[0]
        names = self._name_vectors([text for text in things.texts if text])
        nothing_E = np.zeros(pieces_PE.shape[1], np.float32)
        words_SE = np.stack([pieces_PE[a:b].mean(axis=0) if b > a else nothing_E for a, b in things.spans_S2])
        names_SE = np.stack([names[text] if text else nothing_E for text in things.texts])
        x_SD = self._narrow(words_SE) + self._narrow_name(names_SE) + self._marks(things.marks_SM)
        x_SD = self._thing_norm(x_SD + self._relate(link_shares(things) @ x_SD))
        x_1SD = x_SD[None]
        for layer in self._linking:
            x_1SD = layer(x_1SD)
        result: Array = x_1SD[0]
        return result

    def _name_vectors(self, texts: Sequence[str]) -> dict[str, Array]:
        """The vector of each text of a schema. They are asked for with every question, and kept."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._texts]
        if len(self._texts) > _MOST_TEXTS:
            self._texts = {}
        by_length: dict[int, list[tuple[str, list[int]]]] = {}
        for text, ids in zip(missing, self.tokenizer.encode_batch(missing, max_tokens=LONGEST_NAME).ids, strict=True):
            by_length.setdefault(len(ids), []).append((text, ids))
        for rows in by_length.values():
            x_NPE = self._encode(np.array([ids for _, ids in rows]), self._encoder[: self._frozen])
            self._texts.update(zip((text for text, _ in rows), x_NPE.mean(axis=1), strict=True))
        return self._texts

    def _encode(self, ids_NP: NDArray[np.int64], layers: Sequence[EncoderLayer]) -> Array:
        x_NPE = self._embedding_norm(self._token_VE[ids_NP] + self._position_PE[: ids_NP.shape[1]])
        for layer in layers:
            x_NPE = layer(x_NPE)
        return x_NPE


@dataclass(slots=True)
class _Read:
    own: tuple[Array, Array] | None
    source: tuple[Array, Array]


class WrittenRows:
    """Rows of symbols that grow over one sheet: `aisle.model.generation.next_tokens.NextTokens`."""

    def __init__(self, engine: AskEngine, things: Things) -> None:
        self.engine = engine
        self.x_SD = engine.read(things)
        self._told_SD = engine.told(self.x_SD)
        self._before = [_Read(None, layer.cross.keys_values(self.x_SD[None])) for layer in engine.layers]
        self._length = 0

    def extend(self, tokens_BT: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores (B, V) of what comes next; one token a row at a time, the first of them START."""
        assert tokens_BT.shape[1] == 1, "symbols are written one at a time"
        engine, K = self.engine, len(KEYWORDS)
        symbols_B = tokens_BT[:, 0]
        if self._length == 0:
            x_BD = engine.keyword_KD[symbols_B]
        else:
            is_thing_B = symbols_B >= K
            x_BD = np.where(
                is_thing_B[:, None],
                self._told_SD[np.maximum(symbols_B - K, 0)],
                engine.keyword_KD[np.where(is_thing_B, 0, symbols_B)],
            )
        x_B1D = engine.symbol_norm(x_BD + engine.position_TD[self._length])[:, None]
        for layer, read in zip(engine.layers, self._before, strict=True):
            x_B1D, read.own = layer(x_B1D, read.own, read.source)
        self._length += 1
        h_BD = x_B1D[:, 0]
        scores_BV = np.concatenate(
            [engine.ask_keyword(h_BD) @ engine.keyword_KD[:K].T, engine.ask_thing(h_BD) @ self.x_SD.T], axis=1
        )
        result: NDArray[np.float32] = scores_BV * np.float32(h_BD.shape[1] ** -0.5)
        return result

    def select(self, rows_B: NDArray[np.int64]) -> None:
        """Keep these rows, in this order."""
        for read in self._before:
            assert read.own is not None, "nothing has been written yet"
            read.own = (read.own[0][rows_B], read.own[1][rows_B])


def link_shares(things: Things) -> Array:
    """What a thing is told of others (S, S): a value of its columns, a column of its values, in equal shares."""
    shares_SS = np.zeros((len(things), len(things)), np.float32)
    for value, column in things.links:
        shares_SS[value, column] = shares_SS[column, value] = 1
    result: Array = shares_SS / np.maximum(shares_SS.sum(axis=1, keepdims=True), 1)
    return result
