"""Errors become problem documents that say what to do."""

import json

import pytest

from aisle.errors import BusyError, DamagedError, UserError
from aisle.serve.problems import KINDS, ProblemError, document, of_exception, response


def test_a_document_has_the_members_of_rfc_9457_and_says_what_to_do():
    answer = response(ProblemError("busy", "64 requests are waiting already.", retry_after=2))
    content = json.loads(answer.body)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "2"
    assert content == {
        "type": "/docs#problem-busy",
        "title": KINDS["busy"].title,
        "status": 503,
        "detail": "64 requests are waiting already.",
        "what_to_do": KINDS["busy"].advice,
    }


@pytest.mark.parametrize(
    ("error", "status", "shown"),
    [
        (UserError("k is 0; it must be 1 or more"), 400, "k is 0; it must be 1 or more"),
        (BusyError("a build is running"), 503, "a build is running"),
        (DamagedError("/secret/path is damaged"), 500, "The server met an error it did not expect."),
        (RuntimeError("secret"), 500, "The server met an error it did not expect."),
    ],
)
def test_what_the_caller_can_do_something_about_is_told_and_the_rest_is_not(error, status, shown):
    problem = of_exception(error)
    assert (problem.status_code, problem.detail) == (status, shown)


def test_openai_clients_find_their_error_member():
    content = json.loads(response(ProblemError("unknown-model", "There is no model x."), "/v1/embeddings").body)
    assert content["error"] == {
        "message": "There is no model x.",
        "type": "invalid_request_error",
        "param": None,
        "code": "unknown-model",
    }
    assert content["type"] == "/docs#problem-unknown-model"


def test_half_a_surrogate_pair_in_a_message_does_not_break_the_answer():
    body = response(ProblemError("bad-request", "given \ud800")).body
    assert json.loads(body)["detail"] == "given \ud800"


def test_every_kind_says_in_full_sentences_what_to_do():
    for name, kind in KINDS.items():
        assert kind.advice.endswith("."), name
        assert not kind.title.endswith("."), name
        assert 400 <= kind.status <= 503
        assert set(document(ProblemError(name, "x"))) == {"type", "title", "status", "detail", "what_to_do"}
