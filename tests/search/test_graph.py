"""The graph of neighbours is asked for by name where it is missing, and refused where it is broken."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import AisleError, DamagedError, UserError
from aisle.search.graph import GRAPH_FROM, Graph, build_graph, check_size


def test_a_missing_package_is_named_only_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    check_size(GRAPH_FROM - 1)
    with pytest.raises(UserError, match=r"aisle\[ann\]"):
        check_size(GRAPH_FROM)


@pytest.mark.parametrize("content", [b"", b"no graph at all" * 10])
def test_a_broken_graph_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.usearch"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match=r"broken\.usearch"):
        Graph(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    vectors_ND = np.eye(8, dtype=np.float32)
    with pytest.raises(AisleError, match="cannot be written"):
        build_graph(vectors_ND, tmp_path / "missing" / "graph.usearch")
