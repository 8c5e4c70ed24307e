"""Late interaction: every piece of a query looks for its nearest in a product."""

from __future__ import annotations

import math

import pytest
import torch

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
