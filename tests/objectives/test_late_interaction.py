"""Late interaction: every piece of a query looks for its nearest in a product."""

from __future__ import annotations

import math

import pytest
import torch

from aisle.objectives import late_interaction
from aisle.objectives.late_interaction import late_interaction_loss, late_interaction_scores

# Four pieces in the plane, at 0, 90, 60 and 180 degrees; their lengths must not count.
VECTORS_VD = torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.5, 3**0.5 / 2], [-3.0, 0.0]])
NO_WEIGHTS_V = torch.zeros(4)


def test_the_score_is_the_weighted_mean_of_each_pieces_greatest_cosine() -> None:
    log_weights_V = torch.log(torch.tensor([3.0, 1.0, 1.0, 1.0]))
    found_AM = late_interaction_scores(VECTORS_VD, log_weights_V, [[0, 1]], [[2], [0, 3], [1]])
    # Piece 0 finds cosines 0.5, 1 and 0; piece 1 finds root(3) / 2, 0 and 1.
    expected = [(3 * 0.5 + 3**0.5 / 2) / 4, (3 * 1 + 0) / 4, (3 * 0 + 1) / 4]
    torch.testing.assert_close(found_AM, torch.tensor([expected]))


def test_a_piece_that_is_there_twice_counts_twice_in_a_query_and_once_in_a_product() -> None:
    twice = late_interaction_scores(VECTORS_VD, NO_WEIGHTS_V, [[0, 0, 1]], [[0], [0, 0]])
    torch.testing.assert_close(twice, torch.tensor([[2 / 3, 2 / 3]]))


def test_a_long_neighbour_changes_no_score() -> None:
    alone = late_interaction_scores(VECTORS_VD, NO_WEIGHTS_V, [[1, 2], [3]], [[3]])
    beside = late_interaction_scores(VECTORS_VD, NO_WEIGHTS_V, [[1, 2], [3]], [[3], [0, 1, 2, 3]])
    torch.testing.assert_close(beside[:, :1], alone)


def test_a_few_products_at_a_time_are_as_all_together(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors_VD = torch.randn(9, 5, generator=torch.Generator().manual_seed(0), requires_grad=True)
    queries, products = [[0, 1, 2], [8, 8], [3]], [[4], [5, 6, 7, 0], [2, 2], [1, 3, 8], [6]]
    found = []
    for at_once in (2**24, 20):
        monkeypatch.setattr(late_interaction, "_AT_ONCE", at_once)
        scores_AM = late_interaction_scores(vectors_VD, torch.zeros(9), queries, products)
        (gradient_VD,) = torch.autograd.grad(scores_AM.square().sum(), vectors_VD)
        found.append((scores_AM, gradient_VD))
    torch.testing.assert_close(found[1], found[0])


def test_the_gradient_is_that_of_the_greatest_cosines() -> None:
    vectors_VD = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    log_weights_V = torch.randn(6, dtype=torch.float64, requires_grad=True)

    def scores(vectors_VD: torch.Tensor, log_weights_V: torch.Tensor) -> torch.Tensor:
        return late_interaction_scores(vectors_VD, log_weights_V, [[0, 1], [2]], [[3, 4], [5, 0, 2]])

    assert torch.autograd.gradcheck(scores, (vectors_VD, log_weights_V))


def test_the_loss_is_the_cross_entropy_of_the_own_product() -> None:
    scores_AM = torch.tensor([[0.5, 0.25], [0.0, 1.0]])
    found = late_interaction_loss(scores_AM, torch.tensor([0, 1]), scale=4.0)
    expected = (math.log(1 + math.exp(-1.0)) + math.log(1 + math.exp(-4.0))) / 2
    assert found.item() == pytest.approx(expected)


def test_what_is_left_out_is_no_negative_but_the_own_product_stays() -> None:
    scores_AM = torch.tensor([[0.5, 0.9, 0.2]])
    left_out_AM = torch.tensor([[True, True, False]])
    found = late_interaction_loss(scores_AM, torch.tensor([0]), scale=10.0, left_out_AM=left_out_AM)
    assert found.item() == pytest.approx(math.log(1 + math.exp(-3.0)))
