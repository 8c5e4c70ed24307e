from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from aisle.errors import UserError
from aisle.model.encoder import Encoder
from aisle.training.precision import arithmetic, attention_kernel, chosen_precision, frozen, has_bf16, opening_line
from tests.conftest import TINY
from tests.training.toy import ToyTask

CPU = torch.device("cpu")


def test_bf16_is_had_only_where_the_hardware_has_it() -> None:
    assert chosen_precision("f32", CPU) == "f32"
    if has_bf16(CPU):
        assert chosen_precision("bf16", CPU) == "bf16"
    else:
        with pytest.raises(UserError, match="no bf16 arithmetic; use f32 or auto"):
            chosen_precision("bf16", CPU)


@pytest.mark.parametrize(
    ("hardware", "features", "choice"),
    [
        ({"FP32"}, {"architecture": "x86_64", "amx_bf16": False}, "f32"),
        ({"FP32", "BF16"}, {"architecture": "x86_64", "amx_bf16": False, "avx512_bf16": True}, "f32"),
        ({"FP32", "BF16"}, {"architecture": "x86_64", "amx_bf16": True}, "bf16"),
        ({"FP32", "BF16"}, {"architecture": "aarch64"}, "bf16"),
    ],
)
def test_auto_takes_bf16_only_where_it_is_faster(
    monkeypatch: pytest.MonkeyPatch, hardware: set[str], features: dict[str, object], choice: str
) -> None:
    monkeypatch.setattr("aisle.training.precision.capabilities", lambda: frozenset(hardware))
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: features)
    assert chosen_precision("auto", CPU) == choice


def test_a_bf16_forward_pass_multiplies_bf16_and_keeps_float32_weights() -> None:
    layer = torch.nn.Linear(4, 4)
    with arithmetic("bf16", CPU):
        assert layer(torch.ones(1, 4)).dtype == torch.bfloat16
    with arithmetic("f32", CPU):
        assert layer(torch.ones(1, 4)).dtype == torch.float32
    assert layer.weight.dtype == torch.float32


def test_the_line_says_precision_kernel_threads_and_what_is_frozen() -> None:
    module = ToyTask().module
    module.encoder.embeddings.requires_grad_(False)
    module.encoder.layers[0].requires_grad_(False)
    line = opening_line(module, "f32", CPU, 2)
    assert line.startswith("f32, attention kernel ")
    assert f"{torch.get_num_threads()} CPU threads in each of 2 processes" in line
    assert line.endswith("weights train, frozen: encoder.embeddings, encoder.layers.0")


def test_single_frozen_weights_are_named() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    assert frozen(module) == "all 12 weights train"
    module[1].bias.requires_grad_(False)
    assert frozen(module) == "10 of 12 weights train, frozen: 1.bias"


def test_dropping_attention_weights_rules_out_the_fused_kernel() -> None:
    assert attention_kernel(Encoder(TINY), CPU) == "math"
    assert attention_kernel(Encoder(replace(TINY, attention_dropout=0.0)), CPU) != "math"
