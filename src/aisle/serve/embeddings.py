"""POST /v1/embeddings and GET /v1/models: the encoder behind the addresses that OpenAI's clients use.

Legend: N texts, D vector length.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.sentence.encoder import SentenceEncoder
from aisle.serve import openapi
from aisle.serve.batching import Batcher
from aisle.serve.body import read_json
from aisle.serve.context import Context
from aisle.serve.problems import ProblemError

MOST_TEXTS = 2048
FIELDS = ("model", "input", "encoding_format", "dimensions", "user")

REQUEST_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["model", "input"],
    "additionalProperties": False,
    "properties": {
        "model": {"type": "string", "description": "The model that GET /v1/models lists."},
        "input": {
            "description": f"One text, or up to {MOST_TEXTS} texts. None may be empty.",
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1},
                    "minItems": 1,
                    "maxItems": MOST_TEXTS,
                },
            ],
        },
        "encoding_format": {"type": "string", "enum": ["float", "base64"], "default": "float"},
        "dimensions": {"type": "integer", "description": "Only the model's own number is possible."},
        "user": {"type": "string", "description": "Accepted and not kept."},
    },
}
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "object": {"type": "string", "const": "list"},
        "model": {"type": "string"},
        "data": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "object": {"type": "string", "const": "embedding"},
                    "index": {"type": "integer"},
                    "embedding": {
                        "anyOf": [
                            {"type": "array", "items": {"type": "number"}},
                            {"type": "string", "description": "base64 of little-endian float32"},
                        ]
                    },
                },
            },
        },
        "usage": {
            "type": "object",
            "properties": {"prompt_tokens": {"type": "integer"}, "total_tokens": {"type": "integer"}},
        },
        "truncated": {
            "type": "object",
            "description": "What was longer than the encoder reads and was cut.",
            "properties": {"texts": {"type": "integer"}, "tokens": {"type": "integer"}},
        },
    },
}


def router(context: Context, batcher: Batcher) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["embeddings"])
    models = Models(context)

    @routes.post(
        "/v1/embeddings",
        summary="Embed texts, as OpenAI's API does",
        responses=openapi.problems(
            "bad-parameter", "bad-json", "wrong-media-type", "too-large", "no-encoder", "unknown-model",
            "too-many-requests", "busy", "not-ready",
        )
        | {200: {"description": "Vectors of unit length.", "content": {"application/json": {"schema": ANSWER_SCHEMA}}}},
        openapi_extra=openapi.json_body(REQUEST_SCHEMA, {"model": "minilm", "input": ["mac and cheese"]}),
    )  # fmt: skip
    async def embeddings(request: Request) -> Response:
        encoder, name = await models.current()
        texts, encoding = checked(await read_json(request), name, encoder.dim)
        tokenized = await context.embeddings.run(
            lambda: encoder.tokenizer.encode_batch(texts, max_tokens=encoder.max_tokens)
        )
        vectors_ND = await batcher.embed(encoder, tokenized.ids)
        tokens = sum(len(sequence) for sequence in tokenized.ids)
        context.metrics.add("aisle_embedding_truncated_texts_total", by=tokenized.truncated_texts)
        return JSONResponse(
            {
                "object": "list",
                "model": name,
                "data": [
                    {"object": "embedding", "index": index, "embedding": written(vector_D, encoding)}
                    for index, vector_D in enumerate(vectors_ND)
                ],
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
                "truncated": {"texts": tokenized.truncated_texts, "tokens": tokenized.truncated_tokens},
            }
        )

    @routes.get("/v1/models", summary="The model that /v1/embeddings uses", responses=openapi.problems("no-encoder"))
    async def list_models() -> Response:
        encoder, name = await models.current()
        model = {"id": name, "object": "model", "created": 0, "owned_by": "aisle", "dimensions": encoder.dim}
        return JSONResponse({"object": "list", "data": [model]})

    return routes


class Models:
    """The encoder of the live version, and the name it was built with."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._named: tuple[int | None, str] = (None, "")

    async def current(self) -> tuple[SentenceEncoder, str]:
        """Encoder and name. Raises ProblemError where the live version has none."""
        shop = self._context.ready_shop()
        encoder = shop.encoder
        if encoder is None:
            raise ProblemError("no-encoder", "The live version was built without an encoder.")
        if self._named[0] != shop.version:
            # Asking for the status reads the whole directory: once a version is enough.
            status = await self._context.embeddings.run(shop.status)
            self._named = (status.version, status.encoder)
        return encoder, self._named[1]


def checked(body: Any, name: str, dim: int) -> tuple[list[str], str]:
    """Texts and encoding format of a request. Raises ProblemError that names what is wrong."""
    if not isinstance(body, dict):
        raise ProblemError("bad-parameter", "The body must be a JSON object with model and input.")
    for field in body:
        if field not in FIELDS:
            raise wrong(str(field)[:60], f"there is no such field; allowed: {', '.join(FIELDS)}")
    model = body.get("model")
    if not isinstance(model, str):
        raise wrong("model", f"a text is needed; this server has {name!r}")
    if model != name:
        raise ProblemError("unknown-model", f"There is no model {model[:60]!r}; this server has {name!r}.")
    encoding = body.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise wrong("encoding_format", "allowed: float, base64")
    if body.get("dimensions") not in (None, dim):
        raise wrong("dimensions", f"the vectors of {name} have {dim} numbers; leave it out")
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts:
        raise wrong("input", "a text or a list of texts is needed")
    if len(texts) > MOST_TEXTS:
        raise wrong("input", f"it has {len(texts)} texts; at most {MOST_TEXTS} are allowed")
    for index, text in enumerate(texts):
        if not isinstance(text, str):
            raise wrong(f"input[{index}]", "it is not a text; token ids are not accepted, send the text itself")
        if not text:
            raise wrong(f"input[{index}]", "it is empty")
    return texts, encoding


def wrong(where: str, problem: str) -> ProblemError:
    """The problem of one field."""
    return ProblemError("bad-parameter", f"{where}: {problem}", errors=[{"where": f"body.{where}", "problem": problem}])


def written(vector_D: NDArray[np.float32], encoding: str) -> Any:
    """A vector as it stands in the answer."""
    if encoding == "base64":
        return base64.b64encode(vector_D.astype("<f4").tobytes()).decode("ascii")
    return [float(number) for number in vector_D]
