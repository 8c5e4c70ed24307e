"""Drawn thumbnails are small, safe, well-formed and told apart."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.shop.product import Product
from aisle.shop.sample.thumbnail import SHAPES, thumbnail_svg


def test_every_product_of_the_catalogue_has_a_picture(products: list[Product]) -> None:
    assert all(product.image.rpartition("-")[0] in SHAPES for product in products)


@pytest.mark.parametrize("family", [*SHAPES, "nothing known"])
def test_pictures_are_well_formed_and_load_nothing(family: str) -> None:
    svg = thumbnail_svg(f"{family}-3fa7")
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.attrib["aria-label"] == family
    assert len(svg) < 1_500
    assert "href" not in svg
    assert "url(" not in svg


def test_the_name_decides_the_colour_and_nothing_else_does() -> None:
    assert thumbnail_svg("can-0001") == thumbnail_svg("can-0001")
    assert thumbnail_svg("can-0001") != thumbnail_svg("can-0002")


@given(st.text(max_size=60))
def test_any_name_gives_a_picture_in_which_nothing_of_it_runs(name: str) -> None:
    svg = thumbnail_svg(name)
    root = ElementTree.fromstring(svg.encode("utf-8", "replace"))
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        *("svg", "g", "path", "rect", "circle", "ellipse")
    }
    assert set(root.attrib) == {"viewBox", "width", "height", "role", "aria-label"}


def test_markup_in_a_name_is_escaped() -> None:
    assert "<script" not in thumbnail_svg('"><script>alert(1)</script>-1')
