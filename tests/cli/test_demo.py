"""The demo from nothing to its summary, with a tiny encoder in place of the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from aisle.cli.commands.demo import Demo, _compare
from aisle.cli.main import main
from aisle.errors import UserError
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop


def test_the_shop_is_made_and_shown_and_versions_are_compared_on_known_answers(
    tmp_path: Path, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop"
    flags = [
        "--encoder",
        str(tiny_encoder),
        "--products",
        "60",
        "--sessions",
        "40",
        "--baskets",
        "50",
        "--train-minutes",
        "0",
    ]
    assert main(["demo", str(path), *flags, "--no-serve"]) == 0
    shown = capsys.readouterr().out
    assert "the sample shop is built" in shown
    assert "before" not in shown  # nothing was trained
    with Shop.open(path) as shop:
        shop.build(BuildSettings(encoder="none", force=True))
        shop.build(BuildSettings(encoder=str(tiny_encoder), ranker="none", force=True))
        _compare(shop, 1, 3)
    shown = " ".join(capsys.readouterr().out.split())
    assert "queries that nothing was trained on: version 1, then 3 after training" in shown
    assert shown.count("recall@20") == shown.count("mrr@10") == 2
    # The same encoder over the same products finds the same.
    (figures,) = [line.split() for line in shown.split("semantic ")[1:2]]
    assert figures[1] == figures[2]


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"train_minutes": -1.0}, "train_minutes is -1"),
        ({"products": 0}, "products is 0"),
        ({"sessions": 0}, "sessions"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path: Path, settings: dict[str, float], says: str) -> None:
    with pytest.raises(UserError, match=says):
        Demo(shop=tmp_path, **settings)  # type: ignore[arg-type]
