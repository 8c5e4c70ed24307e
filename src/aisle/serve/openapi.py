"""What /openapi.json says beyond what FastAPI finds by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aisle.serve.parameters import Parameter, describe
from aisle.serve.problems import KINDS, MEDIA_TYPE

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "what_to_do"],
    "properties": {
        "type": {"type": "string", "description": "Address that explains this kind of problem."},
        "title": {"type": "string", "description": "Short summary of the kind."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong with this request."},
        "what_to_do": {"type": "string", "description": "How to get further."},
        "errors": {
            "type": "array",
            "description": "Each wrong parameter or field.",
            "items": {
                "type": "object",
                "required": ["where", "problem"],
                "properties": {"where": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}


def problems(*names: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer these kinds of problem."""
    by_status: dict[int | str, list[str]] = {}
    for name in names:
        by_status.setdefault(KINDS[name].status, []).append(name)
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": ", or: ".join(KINDS[name].title for name in same), "content": content}
        for status, same in by_status.items()
    }


def query(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads `parameters` from its query string."""
    return {"parameters": describe(parameters)}


def json_body(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads one JSON document."""
    content = {"application/json": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the shared parts that the routes refer to."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    # FastAPI adds its own shape of a validation error, which is never sent here.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for methods in document["paths"].values():
        for operation in methods.values():
            answer = operation["responses"].get("422", {})
            if MEDIA_TYPE not in answer.get("content", {MEDIA_TYPE: {}}):
                operation["responses"].update({str(k): v for k, v in problems("bad-parameter").items()})
    components["securitySchemes"] = {"admin": {"type": "http", "scheme": "bearer"}}
    document["x-problems"] = {
        name: {"status": kind.status, "title": kind.title, "advice": kind.advice} for name, kind in KINDS.items()
    }
    return document
