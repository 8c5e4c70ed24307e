"""One small sample catalogue and one small log, made once for all tests of this folder."""

from __future__ import annotations

import pytest

from aisle.shop.event import Event
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.needs import Need, sample_needs
from aisle.shop.sample.shopper import simulate_sessions


@pytest.fixture(scope="session")
def products() -> list[Product]:
    return sample_catalogue(products=3_000, seed=7)


@pytest.fixture(scope="session")
def needs(products: list[Product]) -> list[Need]:
    return sample_needs(products)


@pytest.fixture(scope="session")
def log(products: list[Product]) -> list[Event]:
    return list(simulate_sessions(products, sessions=2_000, seed=3))
