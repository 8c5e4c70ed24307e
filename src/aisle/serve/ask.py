"""GET /api/ask: a question in plain words, answered from the shop's ledger."""

from __future__ import annotations

import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.ask.asker import Asker
from aisle.serve import openapi
from aisle.serve.desk import Desk
from aisle.serve.parameters import Number, Text, read
from aisle.serve.problems import ProblemError
from aisle.sql.execution import RunLimits
from aisle.storefront.place import ledger_place
from aisle.storefront.shop import Shop

PARAMETERS = (
    Text(name="q", description="The question.", default=None, max_length=400),
    Number(
        name="least",
        description="The confidence needed for an answer, in percent; -1: the model's own.",
        default=-1,
        least=-1,
        most=100,
    ),
)
LIMITS = RunLimits(rows=200, seconds=5.0)


class LinkFound(BaseModel):
    """Words of the question, and the value of the shop that they were taken for."""

    words: str
    value: str
    column: str
    similarity: float = Field(description="1 where the words name the value.")


class AskAnswer(BaseModel):
    """The query that was written, and what it found."""

    question: str
    answered: bool = Field(description="Whether the query was run.")
    reason: str = Field(description="Why it was not: unknown, unsure or refused; else empty.")
    explanation: str = Field(description="The reason in words.")
    sql: str = Field(description="The query, over the views that docs/ask.md describes; empty if there is none.")
    columns: list[str]
    rows: list[list[Any]]
    more: bool = Field(description="Whether there are more rows than the 200 that are given.")
    confidence: float = Field(description="The share of such queries that are right, by the model's dev data.")
    threshold: float = Field(description="The confidence that is needed.")
    links: list[LinkFound]
    unaccounted: list[str] = Field(description="Words of the question that nothing in the query accounts for.")
    today: str = Field(description="The day that `last month` is reckoned from.")
    milliseconds: float = Field(description="Time to write and to run the query.")


class Asking:
    """The shop's asker, opened when the first question comes."""

    def __init__(self, shop: Shop, model: str) -> None:
        """`model` is a directory that `aisle train ask` wrote; empty for the shop's own."""
        self._shop = shop
        self._model = Path(model) if model else None
        self._opened: Asker | None = None
        self._lock = threading.Lock()

    def asker(self) -> Asker:
        """The opened asker. Raises ProblemError where there is no model."""
        with self._lock:
            if self._opened is None:
                if self._model is None and not Asker.has_model(self._shop.path):
                    raise ProblemError("no-ask-model", "No model for questions has been trained for this shop.")
                encoder = None if self._shop.version is None else self._shop.encoder
                embed = None if encoder is None else encoder.encode
                place = ledger_place(self._shop.path)
                self._opened = Asker(self._shop.path, self._model, place=place, limits=LIMITS, embed=embed)
            return self._opened


def router(asking: Asking, desk: Desk) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["ask"])

    @routes.get(
        "/api/ask",
        summary="Ask the shop in plain words",
        response_model=AskAnswer,
        responses=openapi.problems("bad-parameter", "bad-request", "busy", "no-ask-model"),
        openapi_extra=openapi.query(PARAMETERS),
    )
    async def ask(request: Request) -> Response:
        values = read(PARAMETERS, request.scope["query_string"])
        least = None if values["least"] < 0 else values["least"] / 100
        found = await desk.run(lambda: asking.asker().ask(values["q"], threshold=least))
        return JSONResponse(asdict(found), headers={"cache-control": "no-store"})

    return routes
