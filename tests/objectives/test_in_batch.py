from __future__ import annotations

import math
import warnings

import pytest
import torch

from aisle.objectives.in_batch import in_batch_loss


def test_the_loss_by_hand() -> None:
    anchors_ND = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    candidates_MD = torch.tensor([[1.0, 0.0], [3.0, 4.0]])
    # Cosines: 1 and 0.6 for the first anchor, 0 and 0.8 for the second; scale 10.
    first = math.log(1 + math.exp(6 - 10))
    second = math.log(1 + math.exp(0 - 8))
    assert in_batch_loss(anchors_ND, candidates_MD, scale=10).item() == pytest.approx((first + second) / 2, rel=1e-5)


@pytest.mark.parametrize("negatives", [0, 1, 2])
def test_it_is_the_ranking_loss_of_sentence_transformers(negatives: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers.losses import MultipleNegativesRankingLoss

    torch.manual_seed(negatives)
    columns = [torch.randn(7, 16, dtype=torch.float64, requires_grad=True) for _ in range(2 + negatives)]
    reference = MultipleNegativesRankingLoss(model=None, scale=20.0)  # type: ignore[arg-type]
    theirs = reference.compute_loss_from_embeddings(columns, labels=None)  # type: ignore[arg-type]
    ours = in_batch_loss(columns[0], torch.cat(columns[1:]))
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-6)
    for a, b in zip(torch.autograd.grad(ours, columns), torch.autograd.grad(theirs, columns), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-6)


def test_a_candidate_that_is_left_out_does_not_count_and_the_own_positive_always_does() -> None:
    anchors_ND, candidates_MD = torch.randn(3, 4), torch.randn(4, 4)
    left_out_NM = torch.tensor([[True, True, False, True], [False, True, False, True], [False, False, True, True]])
    found = in_batch_loss(anchors_ND, candidates_MD, left_out_NM=left_out_NM)
    scores_NM = 20 * torch.nn.functional.cosine_similarity(anchors_ND[:, None], candidates_MD[None], dim=2)
    first = -scores_NM[0, [0, 2]].log_softmax(0)[0]
    second = -scores_NM[1, [0, 1, 2]].log_softmax(0)[1]
    third = -scores_NM[2, [0, 1, 2]].log_softmax(0)[2]
    torch.testing.assert_close(found, (first + second + third) / 3)
