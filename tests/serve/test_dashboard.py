"""The example dashboard asks for metrics that there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

from aisle.serve.counted import FAMILIES

FILE = Path(__file__).parents[2] / "docs" / "grafana-dashboard.json"


def queries() -> list[str]:
    return [target["expr"] for panel in json.loads(FILE.read_text())["panels"] for target in panel["targets"]]


def test_what_is_divided_has_no_labels_that_only_one_side_has() -> None:
    # Prometheus gives nothing for it, and no error either.
    shares = [query for query in queries() if " / " in query]
    assert shares
    for query in shares:
        over, under = query.split(" / ")
        grouped = re.match(r"sum by \((\w+)\) \(", over)
        assert grouped or over.startswith("sum("), query
        assert re.sub(r"^ignoring\((\w+)\) group_left ", "", under).startswith("sum("), query
        if grouped:
            assert under.startswith(f"ignoring({grouped[1]}) group_left "), query


def test_every_query_names_metrics_of_the_server() -> None:
    known = {family.name for family in FAMILIES}
    known |= {
        f"{family.name}_{part}"
        for family in FAMILIES
        if family.kind == "histogram"
        for part in ("bucket", "count", "sum")
    }
    for query in queries():
        for pattern in re.findall(r'__name__=~"([^"]+)"', query):
            assert [name for name in known if re.fullmatch(pattern, name)]
        for name in re.findall(r"\baisle_\w+", re.sub(r'"[^"]*"', "", query)):
            assert name in known, query
