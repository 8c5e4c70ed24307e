"""The waves of the Transformer's paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aisle.inspection.positions import sinusoidal


def test_numbers_by_hand() -> None:
    table_PD = sinusoidal(4, 6)
    assert table_PD.shape == (4, 6)
    np.testing.assert_allclose(table_PD[0], [0, 1, 0, 1, 0, 1])
    assert table_PD[3, 0] == pytest.approx(math.sin(3))
    assert table_PD[3, 1] == pytest.approx(math.cos(3))
    assert table_PD[2, 4] == pytest.approx(math.sin(2 / 10_000 ** (4 / 6)))
    assert table_PD[2, 5] == pytest.approx(math.cos(2 / 10_000 ** (4 / 6)))


def test_the_likeness_of_two_positions_depends_on_their_distance_only() -> None:
    table_PD = sinusoidal(50, 64).astype(np.float64)
    products_PP = table_PD @ table_PD.T
    np.testing.assert_allclose(products_PP.diagonal(7), products_PP[0, 7], atol=1e-4)


def test_an_odd_size_works() -> None:
    assert sinusoidal(3, 5).shape == (3, 5)
