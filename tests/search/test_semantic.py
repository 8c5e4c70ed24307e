"""The nearest by meaning: exact where few are asked about, nearly exact where many are, never outside the filter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from aisle.search.semantic import Vectors


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def clustered() -> Vectors:
    """6,000 vectors in 60 heaps, as products of one kind lie together."""
    random = np.random.default_rng(3)
    heaps = random.normal(size=(60, 48))
    return Vectors.build(_unit(heaps[random.integers(0, 60, 6000)] + 0.6 * random.normal(size=(6000, 48))))


@pytest.fixture(scope="module")
def with_graph(clustered: Vectors, tmp_path_factory: pytest.TempPathFactory) -> Vectors:
    directory = tmp_path_factory.mktemp("graph")
    clustered.save(directory, graph_from=6000)
    opened = Vectors.open(directory)
    assert opened.graph is not None
    return opened


def test_all_processes_that_open_vectors_share_them(clustered: Vectors, tmp_path: Path) -> None:
    clustered.save(tmp_path)
    opened = Vectors.open(tmp_path)
    mapped = {Path(file.path) for file in psutil.Process().memory_maps()}
    assert {tmp_path / name for name in ("vectors.npy", "bits.npy", "planes.npy")} <= mapped
    assert opened.dim == clustered.dim


def _queries(vectors: Vectors) -> NDArray[np.float32]:
    random = np.random.default_rng(4)
    picked = vectors.vectors_ND[random.integers(0, len(vectors.vectors_ND), 20)]
    return _unit(picked + 0.1 * random.normal(size=picked.shape))


def _exact(vectors: Vectors, query_D: NDArray[np.float32], allowed_N: NDArray[np.bool_] | None, most: int) -> set[int]:
    cosines_N = vectors.vectors_ND @ query_D
    if allowed_N is not None:
        cosines_N = np.where(allowed_N, cosines_N, -np.inf)
    return set(np.argsort(-cosines_N, kind="stable")[:most].tolist())


@pytest.mark.parametrize("kept", [1.0, 0.7, 0.3])
@pytest.mark.parametrize("graph", [False, True])
def test_the_nearest_are_found_nearly_all(clustered: Vectors, with_graph: Vectors, kept: float, graph: bool) -> None:
    vectors = with_graph if graph else clustered
    allowed_N = None if kept == 1 else np.random.default_rng(5).random(6000) < kept
    recall = []
    for query_D in _queries(vectors):
        found = vectors.nearest(query_D, allowed_N, 100)
        assert len(found) == 100
        assert (np.diff(found) > 0).all()
        assert allowed_N is None or allowed_N[found].all()
        recall.append(len(_exact(vectors, query_D, allowed_N, 100) & set(found.tolist())) / 100)
    assert np.mean(recall) >= 0.98


def test_where_few_are_allowed_the_answer_is_exact(clustered: Vectors) -> None:
    allowed_N = np.zeros(6000, np.bool_)
    allowed_N[::7] = True
    for query_D in _queries(clustered):
        found = clustered.nearest(query_D, allowed_N, 50)
        assert set(found.tolist()) == _exact(clustered, query_D, allowed_N, 50)


def test_a_filter_that_excludes_all_near_ones_still_gets_its_fill(with_graph: Vectors) -> None:
    query_D = with_graph.vectors_ND[0]
    allowed_N = np.ones(6000, np.bool_)
    allowed_N[list(_exact(with_graph, query_D, None, 1000))] = False
    assert len(with_graph.nearest(query_D, allowed_N, 100)) == 100


def test_fewer_products_than_wanted_are_all_found() -> None:
    vectors = Vectors.build(_unit(np.random.default_rng(6).normal(size=(5, 8))))
    assert vectors.nearest(vectors.vectors_ND[0], None, 200).tolist() == [0, 1, 2, 3, 4]
    none_N = np.zeros(5, np.bool_)
    assert vectors.nearest(vectors.vectors_ND[0], none_N, 200).tolist() == []


def test_a_cosine_does_not_depend_on_its_company(clustered: Vectors) -> None:
    query_D = _queries(clustered)[0]
    together = clustered.cosines(np.arange(6000), query_D)
    for number in (0, 1, 777, 5999):
        assert clustered.cosines(np.array([number]), query_D)[0] == together[number]
    np.testing.assert_allclose(together, clustered.vectors_ND @ query_D, atol=1e-6)


def test_files_hold_everything(clustered: Vectors, tmp_path: Path) -> None:
    clustered.save(tmp_path)
    opened = Vectors.open(tmp_path)
    assert opened.graph is None
    np.testing.assert_array_equal(np.load(tmp_path / "vectors.npy"), clustered.vectors_ND)
    query_D = _queries(clustered)[1]
    np.testing.assert_array_equal(opened.nearest(query_D, None, 9), clustered.nearest(query_D, None, 9))


def test_builds_are_alike_to_the_bit(clustered: Vectors) -> None:
    again = Vectors.build(clustered.vectors_ND)
    np.testing.assert_array_equal(again.bits_WN, clustered.bits_WN)
    np.testing.assert_array_equal(again.planes_BD, clustered.planes_BD)
