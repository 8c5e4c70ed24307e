from __future__ import annotations

import warnings

import pytest
import torch

from aisle.objectives.hardness import hardness_loss
from aisle.objectives.in_batch import in_batch_loss


@pytest.mark.parametrize("alpha", [0.5, 9.0])
def test_it_is_the_hardness_mode_of_sentence_transformers(alpha: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers.losses import MultipleNegativesRankingLoss

    torch.manual_seed(1)
    columns = [torch.randn(6, 16, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    reference = MultipleNegativesRankingLoss(
        model=None,  # type: ignore[arg-type]
        scale=20.0,
        hardness_mode="all_negatives",
        hardness_strength=alpha,
    )
    theirs = reference.compute_loss_from_embeddings(columns, labels=None)  # type: ignore[arg-type]
    ours = hardness_loss(columns[0], torch.cat(columns[1:]), alpha=alpha)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-6)
    for a, b in zip(torch.autograd.grad(ours, columns), torch.autograd.grad(theirs, columns), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


def test_without_alpha_it_is_vanilla() -> None:
    anchors_ND, candidates_MD = torch.randn(3, 4), torch.randn(5, 4)
    left_out_NM = torch.rand(3, 5) < 0.4
    torch.testing.assert_close(
        hardness_loss(anchors_ND, candidates_MD, alpha=0, left_out_NM=left_out_NM),
        in_batch_loss(anchors_ND, candidates_MD, left_out_NM=left_out_NM),
    )
