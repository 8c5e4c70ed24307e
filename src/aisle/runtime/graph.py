"""An encoder checkpoint as an OpenVINO graph, built from its weights alone.

The graph computes what `aisle.model.encoder` computes (a test keeps them equal) for a batch of sequences that all have
the same number of tokens. So it needs neither padding nor a mask, and mean pooling is a plain mean.

Legend: B texts, T tokens of each, D hidden size, H heads, K size of a head, F feed-forward size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.model.config import EncoderConfig
from aisle.runtime.quantization import Quantization
from aisle.runtime.quantized_linear import quantized_linear

Weights = Mapping[str, NDArray[np.float32]]


def encoder_graph(
    config: EncoderConfig, weights: Weights, pooling: str, quantization: Quantization | None = None
) -> Any:
    """The graph from `ids` (B, T) int32 to pooled vectors (B, D) float32, not normalised.

    With a `quantization` the linear layers that it names multiply eight-bit numbers.
    """
    return _Builder(config, weights, quantization or {}).model(pooling)


def tapped_graph(config: EncoderConfig, weights: Weights, pooling: str) -> tuple[Any, list[str]]:
    """The same graph that also gives, after the vectors, the input of every linear layer, in the order of the names."""
    builder = _Builder(config, weights, {})
    graph = builder.model(pooling, tapped=True)
    return graph, list(builder.inputs)


class _Builder:
    def __init__(self, config: EncoderConfig, weights: Weights, quantization: Quantization) -> None:
        from openvino import opset15

        self.op = opset15
        self.config = config
        self.weights = weights
        self.quantization = quantization
        self.inputs: dict[str, Any] = {}

    def model(self, pooling: str, *, tapped: bool = False) -> Any:
        import openvino

        ids_BT = self.op.parameter(openvino.PartialShape([-1, -1]), np.int32, name="ids")
        x_BTD = self.embeddings(ids_BT)
        for layer in range(self.config.num_layers):
            x_BTD = self.layer(x_BTD, f"encoder.layer.{layer}")
        outputs = [self.pool(x_BTD, pooling), *(self.inputs.values() if tapped else ())]
        return openvino.Model(outputs, [ids_BT], "encoder")

    def embeddings(self, ids_BT: Any) -> Any:
        tokens_VD = self.weights["embeddings.word_embeddings.weight"]
        segments = self.weights.get("embeddings.token_type_embeddings.weight")
        if segments is not None:
            # Every text here is a single sentence: segment 0 is the same addend for every token.
            tokens_VD = tokens_VD + segments[0]
        positions_PD = self.weights["embeddings.position_embeddings.weight"][self.config.position_offset :]
        length_1 = self.op.gather(self.op.shape_of(ids_BT), self.integers([1]), self.integer(0))
        positions_TD = self.op.slice(
            self.op.constant(np.ascontiguousarray(positions_PD)),
            self.integers([0]),
            length_1,
            self.integers([1]),
            self.integers([0]),
        )
        x_BTD = self.op.gather(self.op.constant(tokens_VD), ids_BT, self.integer(0))
        return self.layer_norm(self.op.add(x_BTD, positions_TD), "embeddings.LayerNorm")

    def layer(self, x_BTD: Any, name: str) -> Any:
        attended_BTD = self.linear(self.attention(x_BTD, f"{name}.attention.self"), f"{name}.attention.output.dense")
        x_BTD = self.layer_norm(self.op.add(x_BTD, attended_BTD), f"{name}.attention.output.LayerNorm")
        hidden_BTF = self.activation(self.linear(x_BTD, f"{name}.intermediate.dense"))
        y_BTD = self.linear(hidden_BTF, f"{name}.output.dense")
        return self.layer_norm(self.op.add(x_BTD, y_BTD), f"{name}.output.LayerNorm")

    def attention(self, x_BTD: Any, name: str) -> Any:
        split = self.integers([0, 0, self.config.num_heads, self.config.head_size])
        swap = self.integers([0, 2, 1, 3])

        queries_keys_values = self.linear(x_BTD, *(f"{name}.{part}" for part in ("query", "key", "value")))
        parts = self.op.split(queries_keys_values, self.integer(-1), 3)
        q_BHTK, k_BHTK, v_BHTK = (
            self.op.transpose(self.op.reshape(part_BTD, split, True), swap) for part_BTD in parts.outputs()
        )
        z_BHTK = self.op.scaled_dot_product_attention(q_BHTK, k_BHTK, v_BHTK)
        return self.op.reshape(self.op.transpose(z_BHTK, swap), self.integers([0, 0, -1]), True)

    def linear(self, x: Any, *names: str) -> Any:
        """The layers `names`, which read the same input, as one product; their outputs side by side."""
        weight_OK = np.concatenate([self.weights[f"{name}.weight"] for name in names])
        bias_O = np.concatenate([self.weights[f"{name}.bias"] for name in names])
        self.inputs |= dict.fromkeys(names, x)
        plan = self.quantization.get(names[0])
        if plan is not None:
            return quantized_linear(self.op, x, weight_OK, bias_O, plan)
        return self.op.add(self.op.matmul(x, self.op.constant(weight_OK), False, True), self.op.constant(bias_O))

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
