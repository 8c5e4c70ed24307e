"""GET /api/complete."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.serve.settings import ServeSettings


def test_a_sentence_is_completed(client: httpx.Client) -> None:
    answer = client.get("/api/complete", params={"text": "Please let me know if you have any ques"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["completion"].startswith("tions")
    assert found["shown"]
    assert answer.headers["cache-control"] == "no-store"


def test_nothing_typed_is_nothing_completed(client: httpx.Client) -> None:
    found = client.get("/api/complete", params={"text": " ", "subject": "Invoice", "previous": "Hello."}).json()
    assert (found["completion"], found["shown"], found["probability"]) == ("", False, 0.0)


def test_subject_and_previous_message_are_looked_at_and_what_is_too_long_is_counted(client: httpx.Client) -> None:
    long = "The delivery is late. " * 40
    found = client.get("/api/complete", params={"text": f"{long}Thank you", "previous": long}).json()
    assert found["left_out"] > 200


@pytest.mark.parametrize("query", ["text=a&text=b", "texts=a", "text=" + "a" * 20_001])
def test_bad_parameters_are_problems(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/api/complete?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_any_text_is_answered(client: httpx.Client, text: str) -> None:
    answer = client.get(f"/api/complete?text={quote(text.encode('utf-8', 'replace'))}")
    assert answer.status_code == 200
    assert 0 <= answer.json()["probability"] <= 1


def test_a_model_that_is_not_there_is_said(own_server) -> None:  # type: ignore[no-untyped-def]
    with own_server(ServeSettings(completer="nowhere")) as server:
        answer = server.get("/api/complete", params={"text": "Hello"})
        assert answer.status_code == 400
        assert "there is no completer at nowhere" in answer.json()["detail"]
        assert server.get("/compose").status_code == 200
