"""Product pictures: drawn ones for the sample shop, a neutral one for products whose picture cannot be shown."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from starlette.responses import Response

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.,~-]{0,199}")
PLACEHOLDER_ADDRESS = "/thumbnails/none.svg"
PLACEHOLDER = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" role="img" aria-label="no picture">
<g fill="none" stroke="#8a9690" stroke-width="2.5" stroke-linejoin="round">
<path d="M30 46 60 34l30 12v42L60 100 30 88z" fill="#8a9690" fill-opacity=".12"/>
<path d="M30 46l30 12 30-12M60 58v42M45 40l30 12v13"/></g></svg>
"""


def picture_address(image: str, origins: tuple[str, ...]) -> str:
    """Where the picture of a product is to be had: drawn here, at an allowed origin, or the neutral one."""
    if NAME.fullmatch(image):
        return f"/thumbnails/{quote(image)}.svg"
    try:
        parts = urlsplit(image)
    except ValueError:
        return PLACEHOLDER_ADDRESS
    # A picture elsewhere would tell that server who looks at what, so origins are the operator's choice.
    return image if parts.netloc and f"{parts.scheme}://{parts.netloc}" in origins else PLACEHOLDER_ADDRESS


@lru_cache(maxsize=4096)
def picture(image: str) -> str:
    """SVG of the picture with this name; the neutral one if it is not the name of a drawn picture."""
    from aisle.shop.sample.thumbnail import SHAPES, thumbnail_svg

    return thumbnail_svg(image) if image.rpartition("-")[0] in SHAPES else PLACEHOLDER


def router() -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["pages"])

    @routes.get(
        "/thumbnails/{image}.svg",
        summary="A product's picture",
        response_class=Response,
        responses={200: {"content": {"image/svg+xml": {}}, "description": "A drawn picture, or a neutral one."}},
    )
    async def thumbnail(image: str) -> Response:
        return Response(picture(image), media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})

    return routes
