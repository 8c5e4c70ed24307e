"""Counters are kept per process and summed over all of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from aisle.serve.counted import FAMILIES, ROUTES, route_label
from aisle.serve.metrics import Family, Metrics

SOME = (
    Family("a_total", "counter", "Things.", (("kind", ("x", "y")),)),
    Family("level", "gauge", "Now."),
    Family("newest", "gauge", "Highest.", across="max"),
    Family("wait_seconds", "histogram", "Waits.", (("route", ("r",)),), (0.1, 1.0)),
)

OTHER = f"""
import sys
from pathlib import Path
from aisle.serve.metrics import Family, Metrics
metrics = Metrics({SOME!r}, Path(sys.argv[1]))
metrics.add("a_total", "x", by=5)
metrics.set("level", 9)
metrics.set("newest", 3)
print("ready", flush=True)
sys.stdin.read()
"""


def lines_of(metrics: Metrics) -> set[str]:
    return set(metrics.text().splitlines())


def test_counters_gauges_and_histograms_in_prometheus_format():
    metrics = Metrics(SOME)
    metrics.add("a_total", "x")
    metrics.add("a_total", "x", by=2)
    metrics.set("level", 4)
    for value in (0.05, 0.1, 0.5, 7):
        metrics.observe("wait_seconds", "r", value=value)
    found = lines_of(metrics)
    metrics.close()
    assert {'a_total{kind="x"} 3', 'a_total{kind="y"} 0', "level 4"} <= found
    assert {
        "# TYPE wait_seconds histogram",
        'wait_seconds_bucket{route="r",le="0.1"} 2',
        'wait_seconds_bucket{route="r",le="1.0"} 3',
        'wait_seconds_bucket{route="r",le="+Inf"} 4',
        'wait_seconds_count{route="r"} 4',
        'wait_seconds_sum{route="r"} 7.65',
    } <= found


def test_another_process_is_counted_too_and_its_counters_outlive_it(tmp_path):
    metrics = Metrics(SOME, tmp_path)
    metrics.add("a_total", "x")
    metrics.set("level", 1)
    metrics.set("newest", 2)
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        assert {'a_total{kind="x"} 6', "level 10", "newest 3"} <= lines_of(metrics)
        other.kill()
    assert {'a_total{kind="x"} 6', "level 1", "newest 2"} <= lines_of(metrics)
    metrics.close()


def test_an_unknown_label_is_our_own_mistake():
    metrics = Metrics(SOME)
    with pytest.raises(KeyError):
        metrics.add("a_total", "z")
    metrics.close()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "/"),
        ("/api/search", "/api/search"),
        ("/api/products/x/y", "/api/products"),
        ("/thumbnails/a.svg", "/thumbnails"),
        ("/static/../../etc/passwd", "/static"),
        ("/nope", "other"),
        ("other", "other"),
    ],
)
def test_whatever_is_asked_for_the_route_label_is_one_of_few(path, label):
    assert route_label(path) == label
    assert label in ROUTES


def test_names_follow_prometheus_conventions():
    for family in FAMILIES:
        assert re.fullmatch(r"aisle_[a-z_]+", family.name)
        assert family.name.endswith("_total") == (family.kind == "counter")
        assert family.name.endswith("_seconds") == (family.kind == "histogram")
        assert family.help.endswith(".")


def test_every_metric_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    assert [family.name for family in FAMILIES if f"`{family.name}`" not in page] == []
