"""From a log to pairs: what is kept, what is dropped, and that both are said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aisle.errors import UserError
from aisle.mining.pairs import MinedPairs, mine_pairs
from aisle.mining.settings import PairSettings
from aisle.shop.event import Event
from aisle.shop.ledger import Ledger
from tests.mining.logs import SHELF, oranges, visit, write_flat

SETTINGS = PairSettings(threads=1, memory_mb=256)


def mined(tmp_path: Path, events: list[Event], settings: PairSettings = SETTINGS) -> MinedPairs:
    return mine_pairs([write_flat(tmp_path / "log.jsonl", events)], SHELF, scratch=tmp_path, settings=settings)


def dropped(found: MinedPairs, name: str) -> int:
    return next(one.dropped for one in found.report.filters if one.name == name)


def test_clementines_are_what_was_looked_for_and_bananas_were_also_needed(tmp_path: Path) -> None:
    found = mined(tmp_path, oranges(), PairSettings(threads=1, min_lift=1.5))
    quality = {pair.product_id: pair.quality for pair in found.pairs if pair.query == "oranges"}
    assert quality == {"O1": "high", "O2": "high", "C1": "high", "M1": "high", "B1": "noisy", "S1": "noisy"}
    assert found.report.high_quality == len(found.of_quality("high"))
    assert dropped(found, "also needed: product") > 0


def test_a_ledger_and_a_file_of_the_same_events_give_the_same_pairs(tmp_path: Path) -> None:
    ledger_path = tmp_path / "ledger.sqlite"
    Ledger.create(ledger_path).close()
    with Ledger.open(ledger_path) as ledger:
        ledger.add_events(oranges())
        from_ledger = mine_pairs(ledger, SHELF, scratch=tmp_path, settings=SETTINGS)
    assert from_ledger.pairs == mined(tmp_path, oranges()).pairs
    assert from_ledger.pairs


def test_nothing_is_left_in_the_scratch_directory(tmp_path: Path) -> None:
    mined(tmp_path, oranges())
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]


def test_a_pair_needs_distinct_sessions(tmp_path: Path) -> None:
    again = [*visit("x", "oranges", ["O2"], ["O2"]), *visit("x", "oranges", ["O2"], ["O2"], start=900)]
    events = [*oranges(), *visit("y", "milk", ["O2"], ["O2"]), *again]
    quality = {(pair.query, pair.product_id): pair.quality for pair in mined(tmp_path, events).pairs}
    assert quality["milk", "O2"] == "noisy"
    found = mined(tmp_path, events, PairSettings(threads=1, min_sessions=2))
    assert ("milk", "O2") not in {(pair.query, pair.product_id) for pair in found.pairs}
    assert dropped(found, "few sessions") == 1


def test_what_was_not_shown_was_carted_from_elsewhere(tmp_path: Path) -> None:
    events = oranges()
    for number in range(3):
        events += visit(f"e{number}", "milk", ["K1"], ["K1", "M1"])
    found = mined(tmp_path, events)
    assert ("milk", "M1") not in {(pair.query, pair.product_id) for pair in found.pairs}
    assert dropped(found, "not shown") == 3
    kept = mined(tmp_path, events, PairSettings(threads=1, must_be_shown=False))
    assert ("milk", "M1") in {(pair.query, pair.product_id) for pair in kept.pairs}


def test_programs_are_left_out(tmp_path: Path) -> None:
    fast = [event for at in range(12) for event in visit("bot", "oranges", ["S1"], [], ["S1"], start=at)]
    many = [event for at in range(150) for event in visit("slow", f"query {at}", [], [], start=20 * at % 3600)]
    found = mined(tmp_path, [*oranges(), *fast, *many])
    assert dropped(found, "program: fast") == 1
    assert dropped(found, "program: many") == 1
    assert dropped(found, "of programs") == len(fast) + len(many)
    assert found.pairs == mined(tmp_path, oranges()).pairs


def test_an_empty_log_says_so(tmp_path: Path) -> None:
    ledger_path = tmp_path / "ledger.sqlite"
    Ledger.create(ledger_path).close()
    with Ledger.open(ledger_path) as ledger, pytest.raises(UserError, match="no events"):
        mine_pairs(ledger, SHELF, scratch=tmp_path, settings=SETTINGS)


def test_a_log_in_which_nothing_converts_says_how_to_use_its_clicks(tmp_path: Path) -> None:
    events = [event for at in range(4) for event in visit(f"s{at}", "oranges", ["O1"], [], ["O1"])]
    with pytest.raises(UserError, match=r"nothing was put into a cart.*4 sessions clicked.*--conversion click"):
        mined(tmp_path, events)
    clicked = mined(tmp_path, events, PairSettings(threads=1, conversion="click"))
    assert [(pair.query, pair.product_id, pair.converted) for pair in clicked.pairs] == [("oranges", "O1", 4)]


def test_one_product_with_all_the_clicks_is_said_and_is_no_high_quality_positive(tmp_path: Path) -> None:
    events = []
    for at in range(60):
        events += visit(f"s{at}", ("oranges", "milk", "bananas")[at % 3], ["O1", "K1"], ["K1"], ["K1"])
    found = mined(tmp_path, events)
    assert found.report.high_quality == 0
    assert any("product K1 has 100% of all conversions" in note for note in found.report.notes)


def test_a_product_that_is_everywhere_is_kept_only_where_it_was_looked_for(tmp_path: Path) -> None:
    events = []
    for number in range(60):
        events += visit(f"a{number}", f"berries {number}", carted=["S1", "B1"])
        events += visit(f"b{number}", "bananas", carted=["B1"])
        events += visit(f"c{number}", "milk", carted=["K1"])
    found = mined(tmp_path, events, PairSettings(threads=1, min_lift=1.5, most_query_share=0.5, prior=0.1))
    assert dropped(found, "everywhere") == 60
    assert {pair.product_id for pair in found.pairs if pair.query.startswith("berries")} == {"S1"}
    assert {pair.product_id for pair in found.pairs if pair.query == "bananas"} == {"B1"}
    few = [event for event in events if int(event.session_id[1:]) < 20]
    assert dropped(mined(tmp_path, few), "everywhere") == 0
    only = [event for event in events if event.product_id in ("", "B1") and event.query.startswith("berries")]
    with pytest.raises(UserError, match=r"no pair is left \(.*60 pairs \(everywhere\)"):
        mined(tmp_path, only)


def test_bad_rows_are_counted_by_reason(tmp_path: Path) -> None:
    path = write_flat(tmp_path / "log.jsonl", oranges())
    good = {"session_id": "z", "query": "oranges", "product_id": "O1", "timestamp": "2025-03-01T12:00:00Z"}

    rows = [
        json.dumps({**good, "action": "click", "product_id": "NOPE"}),
        json.dumps({**good, "action": "click", "timestamp": "2125-03-01T12:00:00Z"}),
        json.dumps({**good, "action": "click", "timestamp": "yesterday"}),
        json.dumps({**good, "action": "search", "product_id": "", "query": "o" * 10_000}),
        json.dumps({**good, "action": "juggle"}),
        json.dumps({**good, "action": "click", "session_id": ""}),
        json.dumps({**good, "action": "click", "product_id": ""}),
        "{broken",
        "[1, 2]",
    ]
    path.write_text(path.read_text() + "\n".join(rows) + "\n")
    found = mine_pairs([path], SHELF, scratch=tmp_path, settings=SETTINGS)
    counts = {one.name: one.dropped for one in found.report.filters if one.dropped and one.of == "events"}
    assert counts == {
        "unknown product": 1,
        "clock in the future": 1,
        "no time": 1,
        "query too long": 1,
        "unknown action": 1,
        "no session": 1,
        "no product": 1,
        "unreadable line": 2,
    }
    assert found.pairs == mined(tmp_path, oranges()).pairs
    assert found.report.events == len(oranges()) + len(rows)


def test_spellings_of_a_query_are_one_query(tmp_path: Path) -> None:
    events = [*visit("a", "Café  Latte", ["K1"], ["K1"]), *visit("b", "cafe latte", ["K1"], ["K1"])]
    found = mined(tmp_path, events)
    assert [(pair.query, pair.converted) for pair in found.pairs] == [("cafe latte", 2)]


def test_products_that_the_log_says_nothing_of_get_queries_from_their_fields(tmp_path: Path) -> None:
    found = mined(tmp_path, oranges(), PairSettings(threads=1, synthetic=2))
    synthetic = [pair for pair in found.pairs if pair.source == "catalogue"]
    assert found.report.synthetic == len(synthetic)
    assert not {pair.product_id for pair in synthetic} & {pair.product_id for pair in found.pairs if pair.shown}
