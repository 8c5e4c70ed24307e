"""Chunk by chunk it is PyTorch's cross-entropy, gradients included. Legend: M tokens, D vector length, V vocabulary."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, linear

from aisle.objectives import tied_softmax
from aisle.objectives.tied_softmax import tied_softmax_loss

V, D = 50, 8


def inputs(M: int, kind: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    torch.manual_seed(M)
    shapes = ((M, D), (V, D), (V,))
    x_MD, table_VD, bias_V = (torch.randn(shape, dtype=kind).mul_(3).requires_grad_() for shape in shapes)
    return x_MD, table_VD, bias_V, torch.randint(V, (M,))


@pytest.mark.parametrize("M", [1, 7, 8, 20])
def test_loss_and_gradients_are_pytorchs(M: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tied_softmax, "CHUNK", 8)
    *weights, targets_M = inputs(M, torch.float32)
    found, expected = 3 * tied_softmax_loss(*weights, targets_M), None
    ours = torch.autograd.grad(found, weights)
    x_MD, table_VD, bias_V = weights
    expected = 3 * cross_entropy(linear(x_MD, table_VD, bias_V), targets_M)
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    for own, other in zip(ours, torch.autograd.grad(expected, weights), strict=True):
        torch.testing.assert_close(own, other, rtol=1e-5, atol=1e-6)


def test_large_scores_do_not_overflow() -> None:
    x_MD, table_VD, bias_V, targets_M = inputs(4, torch.float32)
    loss = tied_softmax_loss(x_MD * 1e3, table_VD, bias_V, targets_M)
    assert torch.isfinite(loss)
    assert all(torch.isfinite(part).all() for part in torch.autograd.grad(loss, [x_MD, table_VD, bias_V]))


def test_under_autocast_products_are_rounded_and_sums_are_not() -> None:
    *weights, targets_M = inputs(12, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        loss = tied_softmax_loss(*weights, targets_M)
    assert loss.dtype == torch.float32
    exact = tied_softmax_loss(*weights, targets_M)
    assert loss.item() != exact.item()
    torch.testing.assert_close(loss, exact, rtol=0.02, atol=0.02)
    rounded = torch.autograd.grad(loss, weights)
    for own, other in zip(rounded, torch.autograd.grad(exact, weights), strict=True):
        assert own.dtype == torch.float32
        torch.testing.assert_close(own, other, rtol=0, atol=0.03 * float(other.abs().max()))


def test_without_gradients_nothing_is_kept() -> None:
    *weights, targets_M = inputs(5, torch.float32)
    with torch.no_grad():
        loss = tied_softmax_loss(*weights, targets_M)
    assert not loss.requires_grad
