"""An encoder checkpoint as an OpenVINO graph, built from its weights alone.

The graph computes what `aisle.model.encoder` computes (a test keeps them equal) for a batch of sequences that all have
the same number of tokens. So it needs neither padding nor a mask, and mean pooling is a plain mean. It begins at the
tokens' own vectors: the table of them is half of a small encoder, and looking rows up needs no graph.

Legend: B texts, T tokens of each, D hidden size, H heads, K size of a head, F feed-forward size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.model.config import EncoderConfig
from aisle.runtime.quantization import Quantization, beside
from aisle.runtime.quantized_linear import quantized_product, rounded_columns, scaled_columns

Weights = Mapping[str, NDArray[np.float32]]


WORD_TABLE = "embeddings.word_embeddings.weight"
"""The weight that holds a vector for each token of the vocabulary."""


def encoder_graph(
    config: EncoderConfig,
    weights: Weights,
    pooling: str,
    quantization: Quantization | None = None,
    *,
    long: bool = False,
) -> Any:
    """The graph from the tokens' vectors (B, T, D) float32 to pooled vectors (B, D) float32, not normalised.

    With a `quantization` the linear layers that it names multiply eight-bit numbers. `long` chooses the order of
    attention's steps, not what they compute: see `weighted_sums`.
    """
    return _Builder(config, weights, quantization or {}, long).model(pooling)


def tapped_graph(config: EncoderConfig, weights: Weights, pooling: str) -> tuple[Any, list[str]]:
    """The same graph that also gives, after the vectors, the input of every linear layer, in the order of the names."""
    builder = _Builder(config, weights, {}, False)
    graph = builder.model(pooling, tapped=True)
    return graph, list(builder.inputs)


class _Builder:
    def __init__(self, config: EncoderConfig, weights: Weights, quantization: Quantization, long: bool) -> None:
        from openvino import opset15

        self.op = opset15
        self.config = config
        self.weights = weights
        self.quantization = quantization
        self.long = long
        self.inputs: dict[str, Any] = {}

    def model(self, pooling: str, *, tapped: bool = False) -> Any:
        import openvino

        width = self.weights[WORD_TABLE].shape[1]
        words_BTD = self.op.parameter(openvino.PartialShape([-1, -1, width]), np.float32, name="words")
        x_BTD = self.embeddings(words_BTD)
        for layer in range(self.config.num_layers):
            x_BTD = self.layer(x_BTD, f"encoder.layer.{layer}")
        if self.config.pre_norm:
            x_BTD = self.layer_norm(x_BTD, "encoder.LayerNorm")
        outputs = [self.pool(x_BTD, pooling), *(self.inputs.values() if tapped else ())]
        return openvino.Model(outputs, [words_BTD], "encoder")

    def embeddings(self, words_BTD: Any) -> Any:
        positions_PD = self.weights["embeddings.position_embeddings.weight"][self.config.position_offset :]
        segments = self.weights.get("embeddings.token_type_embeddings.weight")
        if segments is not None:
            # Every text here is a single sentence: segment 0 is the same addend for every token.
            positions_PD = positions_PD + segments[0]
        length_1 = self.op.gather(self.op.shape_of(words_BTD), self.integers([1]), self.integer(0))
        positions_TD = self.op.slice(
            self.op.constant(np.ascontiguousarray(positions_PD)),
            self.integers([0]),
            length_1,
            self.integers([1]),
            self.integers([0]),
        )
        return self.layer_norm(self.op.add(words_BTD, positions_TD), "embeddings.LayerNorm")

    def layer(self, x_BTD: Any, name: str) -> Any:
        if self.config.pre_norm:
            read_BTD = self.layer_norm(x_BTD, f"{name}.attention.output.LayerNorm")
            x_BTD = self.op.add(x_BTD, self.attention(read_BTD, f"{name}.attention"))
            read_BTD = self.layer_norm(x_BTD, f"{name}.output.LayerNorm")
            return self.op.add(x_BTD, self.feed_forward(read_BTD, name))
        attended_BTD = self.attention(x_BTD, f"{name}.attention")
        x_BTD = self.layer_norm(self.op.add(x_BTD, attended_BTD), f"{name}.attention.output.LayerNorm")
        y_BTD = self.feed_forward(x_BTD, name)
        return self.layer_norm(self.op.add(x_BTD, y_BTD), f"{name}.output.LayerNorm")

    def attention(self, x_BTD: Any, name: str) -> Any:
        *parts, output = (f"{name}.{part}" for part in ("self.query", "self.key", "self.value", "output.dense"))
        root = self.config.head_size**-0.5
        rounded = self.quantization.get(output)
        if rounded is None:
            return self.linear(self.weighted_sums(self.joined(x_BTD, parts, root)), output)
        query, key, value = (self.quantization[part] for part in parts)
        # Each row of attention weights sums to 1, so what the output's columns scale and shift, the values can.
        plan = beside([query.then(root), key, value.then(rounded.gain_M, rounded.shift_M)])
        z_BTD = self.weighted_sums(quantized_product(self.op, self.columns(x_BTD, parts[0]), plan))
        return quantized_product(self.op, rounded_columns(self.op, z_BTD), rounded)

    def joined(self, x_BTD: Any, parts: list[str], root: float) -> Any:
        """Queries divided by √K, keys and values, one after another in (B, T, 3D), from one product."""
        self.inputs |= dict.fromkeys(parts, x_BTD)
        scales = (root, 1, 1)
        weights, biases = (
            np.concatenate([self.weights[f"{part}.{kind}"] * scale for part, scale in zip(parts, scales, strict=True)])
            for kind in ("weight", "bias")
        )
        product = self.op.matmul(x_BTD, self.op.constant(weights.astype(np.float32)), False, True)
        return self.op.add(product, self.op.constant(biases.astype(np.float32)))

    def weighted_sums(self, qkv_BTM: Any) -> Any:
        """softmax(Q Kᵀ) V of every head, side by side, from queries (divided by √K), keys and values side by side.

        Of long texts OpenVINO computes a head from start to end, so that no weights go to memory. That costs 2 µs a
        head, more than all arithmetic on a head of a few tokens. Those are computed step by step for all heads at once,
        and with keys by queries instead of queries by keys: a softmax down the columns fills the vector units.
        """
        split = self.integers([0, 0, 3, self.config.num_heads, self.config.head_size])
        parts_3BHTK = self.op.transpose(self.op.reshape(qkv_BTM, split, True), self.integers([2, 0, 3, 1, 4]))
        first = self.integers([0])
        q_BHTK, k_BHTK, v_BHTK = (
            self.op.squeeze(part, first) for part in self.op.split(parts_3BHTK, self.integer(0), 3).outputs()
        )
        if self.long:
            weights_BHTT = self.op.softmax(self.op.matmul(q_BHTK, k_BHTK, False, True), 3)
        else:
            weights_BHTT = self.op.softmax(self.op.matmul(k_BHTK, q_BHTK, False, True), 2)
        z_BHTK = self.op.matmul(weights_BHTT, v_BHTK, not self.long, False)
        return self.op.reshape(self.op.transpose(z_BHTK, self.integers([0, 2, 1, 3])), self.integers([0, 0, -1]), True)

    def feed_forward(self, x_BTD: Any, name: str) -> Any:
        inner, output = f"{name}.intermediate.dense", f"{name}.output.dense"
        rounded = self.quantization.get(output)
        if rounded is None:
            return self.linear(self.activation(self.linear(x_BTD, inner)), output)
        # The inner layer gives a channel once for each column that reads it.
        plan = self.quantization[inner].outputs(rounded.channels_M)
        hidden_BTM = self.activation(quantized_product(self.op, self.columns(x_BTD, inner), plan))
        columns_BTM = rounded_columns(self.op, scaled_columns(self.op, hidden_BTM, rounded))
        return quantized_product(self.op, columns_BTM, rounded)

    def linear(self, x: Any, name: str) -> Any:
        self.inputs[name] = x
        weight_OK, bias_O = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.op.add(self.op.matmul(x, weight_OK, False, True), bias_O)

    def columns(self, x_BTD: Any, name: str) -> Any:
        plan = self.quantization[name]
        assert not plan.splits_channels, f"{name} reads a channel of a LayerNorm twice"
        return rounded_columns(self.op, scaled_columns(self.op, x_BTD, plan))

    def activation(self, x: Any) -> Any:
        if self.config.hidden_act == "relu":
            return self.op.relu(x)
        # "gelu_new" and "gelu_pytorch_tanh" are two names of the tanh approximation.
        return self.op.gelu(x, "erf" if self.config.hidden_act == "gelu" else "tanh")

    def layer_norm(self, x: Any, name: str) -> Any:
        centred = self.op.mvn(x, self.integers([-1]), True, self.config.layer_norm_eps, "inside_sqrt")
        return self.op.add(self.op.multiply(centred, self.weight(f"{name}.weight")), self.weight(f"{name}.bias"))

    def pool(self, x_BTD: Any, pooling: str) -> Any:
        if pooling == "mean":
            return self.op.reduce_mean(x_BTD, self.integers([1]), False)
        if pooling == "max":
            return self.op.reduce_max(x_BTD, self.integers([1]), False)
        first_BD = self.op.gather(x_BTD, self.integer(0), self.integer(1))
        if pooling == "cls":
            return first_BD
        assert pooling == "pooler", f"the checkpoint let through the pooling {pooling!r}"
        return self.op.tanh(self.linear(first_BD, "pooler.dense"))

    def weight(self, name: str) -> Any:
        return self.op.constant(np.ascontiguousarray(self.weights[name], np.float32))

    def integers(self, values: list[int]) -> Any:
        return self.op.constant(np.array(values, np.int64))

    def integer(self, value: int) -> Any:
        return self.op.constant(np.int64(value))
