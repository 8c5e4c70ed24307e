"""GET /api/complete: the rest of a sentence that is being written; and /compose, a box to try it in."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.serve import openapi
from aisle.serve.desk import Desk
from aisle.serve.pages import page
from aisle.serve.parameters import Text, read
from aisle.tasks.complete.completer import Completer
from aisle.tasks.complete.sample import sample_completer

PARAMETERS = (
    Text(name="text", description="What has been typed; it may stop within a word.", max_length=20_000),
    Text(name="subject", description="Subject of the message.", max_length=1000),
    Text(name="previous", description="The message that is answered.", max_length=20_000),
)


class CompletionAnswer(BaseModel):
    """What may be shown behind the cursor."""

    completion: str = Field(description="The text to put behind what was typed, as it is; empty if there is none.")
    probability: float = Field(description="Geometric mean of its tokens' probabilities: the confidence.")
    shown: bool = Field(description="Whether the confidence reaches the threshold; if not, show nothing.")
    threshold: float = Field(description="The confidence that is needed.")
    held_back: str = Field(description="Why a likelier text is not given: rare, blocked or pronoun; else empty.")
    left_out: int = Field(description="Tokens that lie too far back to be looked at.")
    milliseconds: float = Field(description="Time the model took.")


class Compose:
    """The completer, opened when it is first asked for."""

    def __init__(self, directory: str) -> None:
        """`directory` of a trained completer; empty for the one that comes with the package."""
        self._directory = Path(directory) if directory else sample_completer()
        self._opened: Completer | None = None
        self._lock = threading.Lock()

    def completer(self) -> Completer:
        """The opened completer."""
        with self._lock:
            if self._opened is None:
                self._opened = Completer.load(self._directory)
            return self._opened


def router(compose: Compose, desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["complete"])

    @routes.get("/compose", include_in_schema=False)
    async def compose_page() -> Response:
        return page("compose.html")

    @routes.get(
        "/api/complete",
        summary="Complete a sentence that is being written",
        response_model=CompletionAnswer,
        responses=openapi.problems("bad-parameter", "bad-request", "busy"),
        openapi_extra=openapi.query(PARAMETERS),
    )
    async def complete(request: Request) -> Response:
        values = read(PARAMETERS, request.scope["query_string"])
        found = await desk.run(
            lambda: compose.completer().complete(values["text"], subject=values["subject"], previous=values["previous"])
        )
        return JSONResponse(asdict(found), headers={"cache-control": "no-store"})

    return routes
