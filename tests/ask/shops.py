"""A shop with two years of simulated sales, and a model with random weights."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from aisle.ask.ledger_schema import Ledger, open_ledger
from aisle.ask.made_up import made_up_questions
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.shop.sample.sales import simulate_past_sales
from aisle.shop.sample.shopper import SIMULATION_END, simulate_sessions
from aisle.storefront.shop import Shop
from aisle.tasks.ask.loading import load_ask
from aisle.training.settings import TrainingSettings
from tests.tasks.ask_examples import SETTINGS


def make_shop(path: Path) -> Path:
    products = sample_catalogue(products=400, seed=3)
    with Shop.create(path, simulated=True) as shop:
        shop.put_products(products)
        sales = simulate_past_sales(products, years=2, baskets=300, seed=3, days=20)
        shop.add_events(chain(sales, simulate_sessions(products, sessions=60, seed=3, end=SIMULATION_END, days=20)))
    return path


def ledger_of(shop: Path) -> Ledger:
    return open_ledger(shop / "ledger.sqlite")


def random_model(shop: Path, encoder: Path, output: Path) -> Path:
    """A model that has learned nothing; its threshold is 0, so it always answers."""
    made = list(made_up_questions(ledger_of(shop), 4, seed=1))
    load_ask(encoder, made, [], SETTINGS, TrainingSettings(), about={}).task.save(output)
    return output
