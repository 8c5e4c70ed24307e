"""PUT /api/products and DELETE /api/products/{id}: changes to the catalogue, for who holds the admin token."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.errors import UserError
from aisle.serve import openapi
from aisle.serve.body import read_json
from aisle.serve.context import Context
from aisle.serve.problems import ProblemError
from aisle.shop.catalogue import product_from
from aisle.shop.product import Product

logger = logging.getLogger("aisle.serve")
TEXTS: dict[str, Any] = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}
PRODUCT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["product_id", "title"],
    "additionalProperties": False,
    "properties": {
        "product_id": {"type": "string", "minLength": 1},
        "title": {"type": "string", "minLength": 1},
        "brand": {"type": "string"},
        "category": {**TEXTS, "description": "Path from the department down: a list, or a text with > between."},
        "attributes": TEXTS,
        "description": {"type": "string"},
        "price": {"type": ["number", "null"], "minimum": 0},
        "stores": {**TEXTS, "description": "Stores that carry it; empty: all of them."},
        "in_stock": {"type": "boolean"},
        "image": {"type": "string"},
    },
}
BODY_SCHEMA: dict[str, Any] = {"anyOf": [PRODUCT_SCHEMA, {"type": "array", "items": PRODUCT_SCHEMA, "minItems": 1}]}
EXAMPLE = [{"product_id": "a-1", "title": "Oat Drink", "brand": "Fernwood", "category": "Drinks > Oat", "price": 1.9}]
SHOWN = "Written, and searches show it."
WORDS = "Written. Searches find it by its words alone: the encoder cannot be used just now."
LATER = "Written. Searches show it after the next build: aisle shop build SHOP."


class PutAnswer(BaseModel):
    """What the write changed. It is on disk when this arrives."""

    inserted: int
    updated: int
    unchanged: int
    note: str = Field(description="When search shows it.")


class DeleteAnswer(BaseModel):
    """The product is gone from the catalogue."""

    deleted: str
    note: str = Field(description="When search shows it.")


def router(context: Context) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["admin"])
    security: dict[str, Any] = {"security": [{"admin": []}]}

    @routes.put(
        "/api/products",
        summary="Add or replace products",
        description="One product or a list. All are written or, if one is wrong, none.",
        response_model=PutAnswer,
        responses=openapi.problems(
            "bad-parameter", "bad-json", "wrong-media-type", "too-large", "token-needed", "admin-closed", "busy"
        ),
        openapi_extra=openapi.json_body(BODY_SCHEMA, EXAMPLE) | security,
    )
    async def put_products(request: Request) -> Response:
        context.gate.check(request)
        products = checked(await read_json(request), context.settings.max_records)
        count = await context.writes.run(lambda: context.shop.put_products(products))
        note = await shown(context)
        context.metrics.add("aisle_products_changed_total", by=count.inserted + count.updated)
        return JSONResponse(
            {
                "inserted": count.inserted,
                "updated": count.updated,
                "unchanged": count.unchanged,
                "note": note,
            }
        )

    @routes.delete(
        "/api/products/{product_id:path}",
        summary="Take a product out of the catalogue",
        response_model=DeleteAnswer,
        responses=openapi.problems("unknown-product", "token-needed", "admin-closed", "busy"),
        openapi_extra=security,
    )
    async def delete_product(request: Request, product_id: str) -> Response:
        context.gate.check(request)
        if not await context.writes.run(lambda: context.shop.delete_product(product_id)):
            raise ProblemError("unknown-product", f"There is no product {product_id[:200]!r}.")
        context.metrics.add("aisle_products_changed_total")
        return JSONResponse({"deleted": product_id, "note": await shown(context)})

    return routes


async def shown(context: Context) -> str:
    """Let searches see what was written; what to tell whoever wrote it. The write stands, whatever happens here."""
    try:
        waiting = await context.writes.run(context.shop.show_changes)
    except Exception:
        logger.exception("a change is in the ledger, but cannot be searched before the next build")
        return LATER
    context.metrics.set("aisle_changes_waiting", waiting)
    context.metrics.set("aisle_changes_truncated", context.shop.changed_texts_truncated)
    if waiting:
        return LATER
    return WORDS if context.shop.changes_by_words_alone else SHOWN


def checked(body: Any, most: int) -> list[Product]:
    """The products of a request. Raises ProblemError that names every wrong one; then nothing is written."""
    records = body if isinstance(body, list) else [body]
    if not records:
        raise ProblemError("bad-parameter", "The list is empty; send at least one product.")
    if len(records) > most:
        raise ProblemError("too-large", f"{len(records)} products were sent; at most {most} are allowed at once.")
    products: list[Product] = []
    errors: list[dict[str, str]] = []
    for index, record in enumerate(records):
        try:
            if not isinstance(record, dict):
                raise UserError("it is not an object with product_id and title")
            products.append(product_from(record))
        except UserError as error:
            errors.append({"where": f"body[{index}]", "problem": str(error)})
    if errors:
        detail = f"{len(errors)} of {len(records)} products are wrong; none was written. {errors[0]['where']}: "
        raise ProblemError("bad-parameter", detail + errors[0]["problem"], errors=errors[:20])
    return products
