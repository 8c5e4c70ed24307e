"""GET /api/versions, and the page /compare: two versions of the shop side by side for one query."""

from __future__ import annotations

import json

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from aisle.serve import openapi
from aisle.serve.context import Context
from aisle.serve.pages import page


class VersionModel(BaseModel):
    """One version that can be searched."""

    version: int
    live: bool = Field(description="Whether it answers when no version is named.")
    created: str = Field(description="When it was built, ISO 8601 in UTC.")
    products: int
    encoder: str = Field(description="Name of its encoder, or none.")
    ranker: str = Field(description="What orders the hits of its hybrid searches, and why.")


class VersionsModel(BaseModel):
    """The versions of the shop."""

    versions: list[VersionModel] = Field(description="Oldest first.")
    simulated: bool = Field(description="Whether the shop's products and events are simulated.")


def router(context: Context) -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get(
        "/api/versions",
        tags=["search"],
        summary="Versions that can be searched",
        response_model=VersionsModel,
        responses=openapi.problems("busy", "not-ready"),
    )
    async def versions() -> Response:
        shop = context.ready_shop()
        found = await context.searches.run(shop.versions)
        listed = [
            {
                "version": version.number,
                "live": version.number == shop.version,
                "created": version.manifest.created,
                "products": version.manifest.facts.get("products", 0),
                "encoder": version.manifest.facts.get("encoder", "none"),
                "ranker": version.manifest.facts.get("ranker", "none"),
            }
            for version in found
        ]
        return JSONResponse({"versions": listed, "simulated": shop.simulated}, headers={"cache-control": "no-store"})

    @routes.get("/compare", include_in_schema=False)
    async def compare_page() -> Response:
        facts = {"name": context.shop.name, "simulated": context.shop.simulated}
        return page("compare.html", name=context.shop.name, facts=json.dumps(facts))

    return routes
