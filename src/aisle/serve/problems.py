"""Errors as problem documents (RFC 9457): what went wrong and what to do, for programs and for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from aisle.errors import BusyError, UserError

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of problem. Its name makes the address in `type`, which the page /docs explains."""

    status: int
    """HTTP status."""
    title: str
    """Short summary, the same for every problem of this kind."""
    advice: str
    """What the caller can do about it."""


KINDS: dict[str, Kind] = {
    "bad-parameter": Kind(
        status=422,
        title="A parameter or field is wrong",
        advice="Correct what `errors` names; /docs lists every parameter with its limits.",
    ),
    "bad-request": Kind(
        status=400,
        title="The request cannot be carried out as written",
        advice="Change the request as `detail` says.",
    ),
    "bad-json": Kind(
        status=400,
        title="The body is not valid JSON",
        advice="Send one JSON document in UTF-8, without NaN or Infinity.",
    ),
    "wrong-media-type": Kind(
        status=415,
        title="The body has the wrong media type",
        advice="Send the header Content-Type: application/json.",
    ),
    "too-large": Kind(
        status=413,
        title="The request is too large",
        advice="Send it in smaller parts.",
    ),
    "token-needed": Kind(
        status=401,
        title="The token is missing or wrong",
        advice="Send the header Authorization: Bearer TOKEN with the token the server was started with.",
    ),
    "admin-closed": Kind(
        status=403,
        title="Admin routes are closed",
        advice="Set an admin token in the server's environment and start it again.",
    ),
    "not-found": Kind(
        status=404,
        title="There is nothing at this address",
        advice="Check the address; /docs lists all of them.",
    ),
    "unknown-product": Kind(
        status=404,
        title="The shop has no such product",
        advice="Check the product id; search for the product to see it.",
    ),
    "no-encoder": Kind(
        status=404,
        title="This shop has no sentence encoder",
        advice="Build the shop with an encoder: aisle shop build SHOP --encoder minilm.",
    ),
    "no-ask-model": Kind(
        status=404,
        title="This shop has no model for questions",
        advice="Train one: aisle train ask SHOP. It takes about a quarter of an hour on one core.",
    ),
    "unknown-model": Kind(
        status=404,
        title="This server does not have that model",
        advice="Use the model that GET /v1/models lists.",
    ),
    "no-torch": Kind(
        status=501,
        title="This server cannot walk through an encoder",
        advice="Install what training needs beside aisle (pip install torch) and start the server again.",
    ),
    "wrong-method": Kind(
        status=405,
        title="This address does not take that method",
        advice="Use a method that the header Allow lists.",
    ),
    "too-many-requests": Kind(
        status=429,
        title="Too much is waiting already",
        advice="Try again after the seconds that the header Retry-After gives.",
    ),
    "busy": Kind(
        status=503,
        title="The server is too busy for this now",
        advice="Try again after the seconds that the header Retry-After gives.",
    ),
    "not-ready": Kind(
        status=503,
        title="The shop has no built version yet",
        advice="Build it: aisle shop build SHOP. Then try again.",
    ),
    "defect": Kind(
        status=500,
        title="The server failed",
        advice="This is a defect of the server, not of the request. Its log has the details.",
    ),
}


class ProblemError(HTTPException):
    """Raised anywhere in a request; becomes its problem document."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`errors`: one mapping for each wrong parameter or field, with `where` and `problem`."""
        all_headers = dict(headers or {})
        if retry_after is not None:
            all_headers["retry-after"] = str(retry_after)
        super().__init__(KINDS[kind].status, detail, all_headers or None)
        self.kind = kind
        self.errors = [dict(error) for error in errors]


def of_exception(error: Exception) -> ProblemError:
    """The problem that an exception stands for. What is not known is a defect, and its text stays in the log."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, UserError):
        return ProblemError("bad-request", str(error))
    if isinstance(error, BusyError):
        return ProblemError("busy", str(error), retry_after=1)
    if isinstance(error, HTTPException):
        kind = {404: "not-found", 405: "wrong-method", 413: "too-large"}.get(error.status_code, "bad-request")
        return ProblemError(kind, str(error.detail), headers=error.headers)
    return ProblemError("defect", "The server met an error it did not expect.")


def document(problem: ProblemError) -> dict[str, Any]:
    """The members of the problem document."""
    kind = KINDS[problem.kind]
    content: dict[str, Any] = {
        "type": f"/docs#problem-{problem.kind}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "what_to_do": kind.advice,
    }
    if problem.errors:
        content["errors"] = problem.errors
    return content


def response(problem: ProblemError, path: str = "") -> Response:
    """The HTTP answer. Under /v1 it also carries the `error` member that OpenAI's clients read."""
    content = document(problem)
    if path.startswith("/v1/"):
        family = "invalid_request_error" if content["status"] < 429 else "server_error"
        content["error"] = {"message": problem.detail, "type": family, "param": None, "code": problem.kind}
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, status_code=content["status"], headers=problem.headers, media_type=MEDIA_TYPE)


async def handle(request: Request, error: Exception) -> Response:
    """Exception handler for every exception that has a meaning to the caller."""
    return response(of_exception(error), request.url.path)


async def handle_validation(request: Request, error: Exception) -> Response:
    """Exception handler for what FastAPI itself finds wrong with a request."""
    assert isinstance(error, RequestValidationError)
    errors = [
        {"where": ".".join(str(part) for part in one["loc"]), "problem": str(one["msg"])} for one in error.errors()
    ]
    detail = f"{errors[0]['where']}: {errors[0]['problem']}" if errors else "The request is not as documented."
    return response(ProblemError("bad-parameter", detail, errors=errors), request.url.path)
