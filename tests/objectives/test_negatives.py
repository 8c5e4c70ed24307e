from __future__ import annotations

import pytest
import torch

from aisle.objectives.negatives import adversarial_weights, left_out, negatives, too_close


def test_the_own_positive_is_never_a_negative() -> None:
    found_NM = negatives(torch.zeros(2, 3), torch.tensor([[True, False, True], [False, False, False]]))
    assert found_NM.tolist() == [[False, True, False], [True, False, True]]
    assert negatives(torch.zeros(2, 3), None).tolist() == [[False, True, True], [True, False, True]]


def test_the_weights_by_hand() -> None:
    cosines_NM = torch.tensor([[0.9, 0.5, 0.0, 0.3]], requires_grad=True)
    negatives_NM = torch.tensor([[False, True, True, False]])
    weights_NM = adversarial_weights(cosines_NM, negatives_NM, alpha=2.0)
    # softmax(2 x 0.5, 2 x 0) = (e, 1) / (e + 1), times the two negatives.
    assert weights_NM.tolist()[0] == pytest.approx([0, 2 * 0.731059, 2 * 0.268941, 0], abs=1e-5)
    assert not weights_NM.requires_grad
    assert adversarial_weights(cosines_NM, negatives_NM, alpha=0.0).tolist() == [[0, 1, 1, 0]]


def test_an_anchor_without_negatives_has_no_weights() -> None:
    assert adversarial_weights(torch.ones(1, 2), torch.zeros(1, 2, dtype=torch.bool), 1.0).tolist() == [[0, 0]]


def test_what_is_known_to_be_right_is_left_out() -> None:
    # Three anchors of the queries 0, 1 and one unknown; candidates: their products 5, 6, 5 and the hard negatives 7, 6.
    products_M = torch.tensor([5, 6, 5, 7, 6])
    known_P = torch.tensor([0 * 10 + 5, 0 * 10 + 7, 1 * 10 + 6])
    assert left_out(products_M, torch.tensor([0, 1, -1]), known_P, 10).int().tolist() == [
        [1, 0, 1, 1, 1],  # its own 5 twice, 7 is a known answer, 6 comes a second time
        [0, 1, 1, 0, 1],  # 5 counts once, 7 is a negative here
        [1, 0, 1, 0, 1],
    ]
    nothing = torch.zeros(0, dtype=torch.int64)
    assert left_out(torch.tensor([1, 2]), torch.tensor([3, 4]), nothing, 10).tolist() == [[True, False], [False, True]]


def test_a_guide_leaves_out_what_it_finds_nearer_than_the_right_answer() -> None:
    anchors_ND = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    candidates_MD = torch.tensor([[3.0, 4.0], [0.0, 2.0], [4.0, 3.0]])  # cosines 0.6 0 0.8 and 0.8 1 0.6
    assert too_close(anchors_ND, candidates_MD).int().tolist() == [[0, 0, 1], [0, 0, 0]]
    assert too_close(anchors_ND, candidates_MD, margin=0.25).int().tolist() == [[1, 0, 1], [1, 1, 0]]
