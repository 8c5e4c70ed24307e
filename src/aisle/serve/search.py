"""GET /api/search: ranked products for a query."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from aisle.search.request import Hit
from aisle.sentence.towers import TowersConfig
from aisle.serve import openapi
from aisle.serve.context import Context
from aisle.serve.parameters import Flag, Number, Text, read
from aisle.serve.pictures import picture_address
from aisle.storefront.shop import Shop
from aisle.text.templates import Template, templated

MODES = ("hybrid", "lexical", "semantic")
PARAMETERS = (
    Text(name="q", description="The query. Empty: every product.", max_length=10_000),
    Number(name="k", description="Most hits wanted.", default=10, least=1, most=100),
    Number(name="offset", description="Hits to skip, for further pages.", default=0, least=0, most=10_000),
    Text(name="mode", description="By words, by meaning, or both.", default="hybrid", choices=MODES, max_length=20),
    Text(
        name="filter",
        description='Conditions that every hit must meet, such as: in_stock and price < 5 and brand = "Fernwood".',
        max_length=4000,
    ),
    Text(name="store", description="Only what this store carries; empty: any store."),
    Number(
        name="version",
        description="Ask this version, as it was built; 0: the live one.",
        default=0,
        least=0,
        most=1_000_000_000,
    ),
    Flag(name="explain", description="Say of every hit why it is there."),
)


class HitModel(BaseModel):
    """One product found."""

    product_id: str
    title: str
    score: float = Field(description="Higher is better; does not depend on k or offset.")
    brand: str
    category: list[str] = Field(description="Path from the department down.")
    attributes: list[str]
    price: float | None
    in_stock: bool
    stores: list[str] = Field(description="Stores that carry it; empty: all of them.")
    image: str = Field(description="Name or address of its picture, as the catalogue gives it.")
    picture: str = Field(description="Address of a picture that can be shown.")
    explanation: dict[str, Any] | None = Field(None, description="Only with explain=true.")


class SearchAnswerModel(BaseModel):
    """One page of results."""

    hits: list[HitModel]
    total: int = Field(description="Results over all pages.")
    facets: dict[str, dict[str, int]] = Field(description="For each facet, how many results carry each value.")
    notes: list[str] = Field(description="What the person asking should know.")
    mode: str
    version: int = Field(description="Version of the shop that answered.")
    milliseconds: float = Field(description="Time the shop took.")
    simulated: bool = Field(description="Whether the shop's products and events are simulated.")


def router(context: Context) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["search"])

    @routes.get(
        "/api/search",
        summary="Search the shop",
        response_model=SearchAnswerModel,
        responses=openapi.problems("bad-parameter", "bad-request", "busy", "not-ready"),
        openapi_extra=openapi.query(PARAMETERS),
    )
    async def search(request: Request) -> Response:
        values = read(PARAMETERS, request.scope["query_string"])
        shop = context.ready_shop()
        query = values.pop("q")
        values["version"] = values["version"] or None
        budget = context.settings.encoder_milliseconds / 1000
        answer = await context.searches.run(lambda: shop.search(query, encoder_seconds=budget, **values))
        context.metrics.observe("aisle_search_seconds", value=answer.milliseconds / 1000)
        index = (answer.milliseconds - answer.encoder_milliseconds) / 1000
        context.metrics.observe("aisle_search_stage_seconds", "encoder", value=answer.encoder_milliseconds / 1000)
        context.metrics.observe("aisle_search_stage_seconds", "index", value=index)
        if answer.query_vector:
            context.metrics.add("aisle_query_vectors_total", answer.query_vector)
        if answer.query_tokens_cut:
            context.metrics.add("aisle_search_truncated_total")
        if answer.without_encoder:
            context.metrics.add("aisle_search_without_encoder_total", answer.without_encoder)
        if not answer.total:
            context.metrics.add("aisle_search_without_results_total")
        template = template_of(shop) if values["explain"] else "plain"
        return JSONResponse(
            {
                "hits": [written(hit, context.settings.image_origins, template) for hit in answer.hits],
                "total": answer.total,
                "facets": answer.facets,
                "notes": list(answer.notes),
                "mode": answer.mode,
                "version": answer.version,
                "milliseconds": round(answer.milliseconds, 3),
                "simulated": shop.simulated,
            },
            headers={"cache-control": "no-store"},
        )

    return routes


def template_of(shop: Shop) -> Template:
    """How the live version's encoder was given the products."""
    return "plain" if shop.encoder is None else TowersConfig.load(shop.encoder.directory).template


def written(hit: Hit, image_origins: tuple[str, ...], template: Template = "plain") -> dict[str, Any]:
    """A hit as it stands in the answer; `template` is what made the text that the encoder read of it."""
    product = hit.product
    fields: dict[str, Any] = {
        "product_id": hit.product_id,
        "title": hit.title,
        "score": hit.score,
        "brand": product["brand"],
        "category": list(product["category"]),
        "attributes": list(product["attributes"]),
        "price": product["price"],
        "in_stock": product["in_stock"],
        "stores": list(product["stores"]),
        "image": product["image"],
        "picture": picture_address(product["image"], image_origins),
    }
    if hit.explanation is None:
        return fields
    explanation = dict(hit.explanation)
    if "semantic" in explanation:
        # What the encoder read of the product, for whoever wants to compare it with the query word by word.
        read_as = templated(template, **{name: product[name] for name in ("title", "brand", "category", "attributes")})
        explanation["semantic"] = {**explanation["semantic"], "text": read_as}
    return {**fields, "explanation": explanation}
