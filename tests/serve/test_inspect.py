"""The walk over HTTP: the same numbers as in Python, and clear answers to what cannot be walked through."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import httpx
import numpy as np
import pytest

from aisle.inspection.inspector import Inspector

from .world import make_shop, serving

TEXT = "Whole milk, oat bread"


@pytest.fixture(scope="module")
def inspector(tiny_encoder: Path) -> Inspector:
    return Inspector.load(tiny_encoder)


def numbers(answer: httpx.Response) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    shape = tuple(map(int, answer.headers["x-shape"].split(",")))
    return np.frombuffer(answer.content, "<f4").reshape(shape)


def values(client: httpx.Client, name: str, text: str = TEXT, **parameters: object) -> np.ndarray:
    return numbers(client.get("/api/inspect/values", params={"text": text, "name": name, **parameters}))


def refused(client: httpx.Client, path: str, status: int, **parameters: object) -> dict[str, object]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


def test_the_walk_of_a_text_comes_as_json(client: httpx.Client, inspector: Inspector) -> None:
    told = client.get("/api/inspect", params={"text": TEXT}).json()
    read = inspector.tokens(TEXT)
    assert (told["tokens"], told["ids"]) == (read.tokens, read.ids)
    assert list(told["steps"]) == list(inspector.trace(TEXT, steps=()).steps)
    assert told["encoder"]["layers"] == 2


def test_numbers_of_chosen_steps_come_with_it(client: httpx.Client, inspector: Inspector) -> None:
    told = client.get("/api/inspect", params={"text": TEXT, "steps": "embeddings.sum, layer.1.attention.w*"}).json()
    given = {name: step["values"] for name, step in told["steps"].items() if "values" in step}
    assert list(given) == ["embeddings.sum", "layer.1.attention.weights"]
    trace = inspector.trace(TEXT)
    for name, found in given.items():
        np.testing.assert_array_equal(np.float32(found), trace[name])


def test_a_pair_comes_with_its_match(client: httpx.Client) -> None:
    match = client.get("/api/inspect", params={"text": "oat milk", "pair": "whole milk"}).json()["match"]
    assert sum(map(sum, match["contributions"])) == pytest.approx(match["cosine"])


@pytest.mark.parametrize(
    "name", ["embeddings.position", "layer.0.attention.query", "layer.1.feed_forward.activated", "pooled.mean"]
)
def test_every_step_can_be_had_as_bytes(client: httpx.Client, inspector: Inspector, name: str) -> None:
    np.testing.assert_array_equal(values(client, name), inspector.trace(TEXT)[name])


def test_one_head_some_rows_and_a_coarse_picture(client: httpx.Client, inspector: Inspector) -> None:
    text = "milk bread " * 10
    trace = inspector.trace(text)
    weights_HTT = trace["layer.1.attention.weights"]
    np.testing.assert_array_equal(values(client, "layer.1.attention.weights", text, head=2), weights_HTT[2])
    rows = values(client, "layer.1.attention.key", text, head=3, rows="1:4")
    np.testing.assert_array_equal(rows, trace["layer.1.attention.key"][3, 1:4])
    coarse = values(client, "layer.1.attention.weights", text, cells=11)
    assert coarse.shape == (4, 11, 11)
    np.testing.assert_allclose(coarse[0], weights_HTT[0].reshape(11, 2, 11, 2).mean((1, 3)), atol=1e-7)
    unchanged = values(client, "layer.0.attention.weights", text, cells=500)
    np.testing.assert_array_equal(unchanged, trace["layer.0.attention.weights"])


def test_tables_and_parameters(client: httpx.Client, inspector: Inspector) -> None:
    def table(**parameters: object) -> np.ndarray:
        return numbers(client.get("/api/inspect/table", params=parameters))

    np.testing.assert_array_equal(table(), inspector.table("position"))
    np.testing.assert_array_equal(table(name="sinusoidal", rows="3:5"), inspector.table("sinusoidal")[3:5])
    name = "layers.1.attention.output.bias"
    np.testing.assert_array_equal(table(name=name, rows="7:8"), inspector.table(name)[7:8])


def test_what_cannot_be_walked_through_is_told(client: httpx.Client) -> None:
    assert "at least one word" in str(refused(client, "/api/inspect", 400, text="  ")["detail"])
    assert "missing" in str(refused(client, "/api/inspect", 422)["detail"])
    assert "did you mean" in str(
        refused(client, "/api/inspect/values", 400, text="a", name="embeddings.some")["detail"]
    )
    for name in ("nonsense", "layer.9.attention.query", "*", "layer.*.attention.query", "[", "pooled"):
        assert "no intermediate" in str(refused(client, "/api/inspect/values", 400, text="a", name=name)["detail"]), (
            name
        )
    path = "/api/inspect/values"
    layer = "layer.0.attention.query"
    assert "heads 0 to 3" in str(refused(client, path, 400, text="a", name=layer, head=4)["detail"])
    assert "no heads" in str(refused(client, path, 400, text="a", name="pooled.max", head=0)["detail"])
    assert "leave cells out" in str(refused(client, path, 400, text="a", name=layer, cells=4)["detail"])
    weights = "layer.8.attention.weights"
    assert "layers 0 to 1" in str(refused(client, path, 400, text="a", name=weights, cells=4)["detail"])
    for rows in ("1", "2:1", "0:999", "a:b", "-1:2", "0:1:2", "٠:١"):
        assert "rows" in str(refused(client, path, 400, text="a", name="embeddings.sum", rows=rows)["detail"]), rows
    assert "no table" in str(refused(client, "/api/inspect/table", 400, name="../secrets")["detail"])


def test_ten_thousand_words_are_cut_where_the_positions_end(client: httpx.Client) -> None:
    told = client.get("/api/inspect", params={"text": "milk " * 10_000}).json()
    assert len(told["tokens"]) == 64
    assert told["truncated"] == told["path"][0]["words_cut"] == 10_000 - 62


def test_a_text_that_is_longer_than_an_address_may_be_is_refused_in_json(client: httpx.Client) -> None:
    # httpx itself sends no address as long as this.
    connection = HTTPConnection(client.base_url.host, client.base_url.port or 80, timeout=30)
    connection.request("GET", f"/api/inspect?text={'a' * 100_001}")
    answer = connection.getresponse()
    assert answer.status == 422
    assert "at most 100000 are allowed" in json.loads(answer.read())["detail"]
    connection.close()


def test_an_answer_has_a_size_it_does_not_pass(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aisle.serve.walks.MOST_NUMBERS", 5000)
    assert "name fewer steps" in str(refused(client, "/api/inspect", 400, text="milk " * 60, steps="*")["detail"])
    name = "layers.0.feed_forward.hidden.weight"
    monkeypatch.setattr("aisle.serve.walks.MOST_NUMBERS", math.prod((64, 32)) - 1)
    assert "ask for rows" in str(refused(client, "/api/inspect/table", 400, name=name)["detail"])


def test_memory_for_traces_is_bounded(
    client: httpx.Client, inspector: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aisle.serve.walks import Walks

    walks = Walks(lambda: inspector.directory)
    one = inspector.trace("milk", steps=("layer.0.*",)).bytes
    monkeypatch.setattr("aisle.serve.walks.MOST_BYTES", int(2.5 * one))
    for text in ("milk", "oats", "free"):
        walks.values(text, "", "layer.0.attention.query")
    assert [key[0] for key in walks._traces] == ["oats", "free"] or len(walks._traces) <= 2


def test_a_shop_without_an_encoder_says_so(tmp_path: Path) -> None:
    with serving(make_shop(tmp_path / "plain", "none", products=5)) as own:
        problem = refused(own, "/api/inspect", 404, text="milk")
        assert "--encoder" in str(problem["what_to_do"])


def test_without_torch_the_walk_says_what_to_install() -> None:
    code = """
import sys
sys.modules["torch"] = None
from aisle.serve.problems import ProblemError
from aisle.serve.walks import Walks
try:
    Walks(lambda: "minilm").summary("milk", "", ())
except ProblemError as error:
    print(error.kind, error.status_code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["no-torch", "501"]


def test_why_a_product_was_found_says_what_the_encoder_read_of_it(client: httpx.Client) -> None:
    (hit,) = client.get("/api/search", params={"q": "milk", "k": 1, "explain": "true"}).json()["hits"]
    assert hit["explanation"]["semantic"]["text"].startswith(hit["title"])
    match = client.get("/api/inspect", params={"text": "milk", "pair": hit["explanation"]["semantic"]["text"]}).json()
    assert match["match"]["cosine"] == pytest.approx(hit["explanation"]["semantic"]["cosine"], abs=0.02)
