"""The graph of neighbours is asked for by name where it is missing, and refused where it is broken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aisle.errors import DamagedError, UserError
from aisle.search.graph import GRAPH_FROM, Graph, check_size


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
