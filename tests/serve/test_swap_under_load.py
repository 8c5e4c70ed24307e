"""Versions are built, swapped and rolled back while shoppers search: none of their requests fails."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx

from aisle.serve.settings import ServeSettings
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.conftest import write_tiny_encoder

from .world import make_shop, serving


def test_no_request_fails_while_versions_are_swapped_and_rolled_back(tmp_path: Path, tiny_encoder: Path) -> None:
    path = make_shop(tmp_path / "shop", tiny_encoder, products=40)
    other = write_tiny_encoder(tmp_path / "other", seed=7)
    stop, answers, lock = threading.Event(), [], threading.Lock()

    def shop_around(address: str, number: int) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            step = 0
            while not stop.is_set():
                step += 1
                query = {"q": f"milk {number} {step}", "k": 3}
                found = client.get("/api/search" if step % 3 else "/api/suggest", params=query)
                with lock:
                    answers.append((found.status_code, found.json().get("version"), found.json().get("notes", [])))

    settings = ServeSettings(refresh_seconds=0.05, encoder_milliseconds=20_000)
    with serving(path, settings) as client, Shop.open(path) as shop:
        shoppers = [threading.Thread(target=shop_around, args=(str(client.base_url), each)) for each in range(3)]
        for shopper in shoppers:
            shopper.start()
        try:
            settings = BuildSettings(encoder=str(tiny_encoder))
            for change in (
                lambda: shop.build(settings),
                lambda: shop.build(replace(settings, encoder=str(other))),  # vectors of another encoder
                shop.rollback,
                lambda: shop.build(replace(settings, encoder="none")),
                shop.rollback,
            ):
                change()
                started = time.perf_counter()
                while client.get("/readyz").json()["version"] != shop.version:
                    assert time.perf_counter() - started < 60
                print(f"version {shop.version} answers {time.perf_counter() - started:.3f} s after its swap")
        finally:
            stop.set()
            for shopper in shoppers:
                shopper.join()
    assert {status for status, _, _ in answers} == {200}
    # The versions that stood long enough to be asked; a version without an encoder is the only one to say so.
    assert {1, 2, 3, 4} >= {version for _, version, _ in answers if version}
    assert len({version for _, version, _ in answers if version}) >= 3
    alone = {version for _, version, notes in answers for note in notes if "words alone" in note}
    assert alone <= {4}
