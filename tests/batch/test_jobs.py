"""Work in shards: the result of one process, whoever does it and however often they are killed."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aisle.batch.embedding import EmbedJob
from aisle.batch.job import Job, read, written
from aisle.batch.judging import JudgeJob
from aisle.batch.on_ray import do_on_ray
from aisle.batch.pairs import PairsJob
from aisle.batch.processes import do_in_processes
from aisle.batch.work import Work
from aisle.errors import AisleError, UserError
from aisle.evaluation.retrieval import evaluate_retrieval, read_judgments
from aisle.mining.output import pairs_file
from aisle.mining.pairs import mining
from aisle.sentence.towers import Towers
from aisle.shop.encoded_text import encoded_text
from aisle.shop.event import Event
from aisle.shop.ledger import LEDGER_FILE, Ledger
from aisle.shop.product import Product
from aisle.shop.sample.catalogue import sample_catalogue
from aisle.storefront.settings import BuildSettings
from aisle.storefront.shop import Shop
from tests.conftest import write_tiny_encoder

PRODUCTS = sample_catalogue(products=120, seed=4)


def events() -> list[Event]:
    """Sessions that search, see, click and cart; one is a program, one carts without a query."""
    random = np.random.default_rng(9)
    made: list[Event] = []
    for number in range(220):
        session, query_id = f"session {number}", f"q{number}"
        at = f"2026-03-01T{number % 24:02}:{number % 60:02}:00Z"
        wanted = int(random.integers(8)) * 15
        query = PRODUCTS[wanted].title.split(",")[0].lower()
        made.append(Event(action="search", timestamp=at, session_id=session, query=query, query_id=query_id))
        shown = [wanted, *random.integers(len(PRODUCTS), size=4).tolist()]
        random.shuffle(shown)
        for position, product in enumerate(shown, 1):
            event = Event(action="impression", timestamp=at, session_id=session, query_id=query_id,
                          product_id=PRODUCTS[product].product_id, position=position)  # fmt: skip
            made.append(event)
            if product == wanted and random.random() < 0.8:
                made += [replace(event, action="click"), replace(event, action="add_to_cart")]
    made += [Event(action="search", timestamp="2026-03-02T00:00:00Z", session_id="program", query=f"q {number}")
             for number in range(150)]  # fmt: skip
    made.append(Event(action="add_to_cart", timestamp="2026-03-02T00:00:00Z", session_id="alone", product_id="gone"))
    return made


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, tiny_encoder: Path) -> Path:
    path = tmp_path_factory.mktemp("batch") / "shop"
    with Shop.create(path) as made:
        made.put_products(PRODUCTS)
        made.add_events(events())
        made.build(BuildSettings(encoder=str(tiny_encoder), ranker="none"))
    return path


@pytest.fixture(scope="module")
def judgments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("judged") / "judgments.tsv"
    lines = [f"{' '.join(product.title.split()[:2])}\t{product.product_id}\t{1 + at % 3}"
             for at, product in enumerate(PRODUCTS)]  # fmt: skip
    path.write_text("query\tproduct_id\trelevance\n" + "\n".join(lines) + "\n")
    return path


def content(path: Path) -> dict[str, bytes]:
    """Every file of a result."""
    files = [path] if path.is_file() else sorted(path.iterdir())
    return {file.name: file.read_bytes() for file in files}


def done_alone(job: Job, place: Path, shards: int) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The result of shards done in this process, the last one first."""
    work = Work.begin(place / f"work{shards}", job, shards)
    for shard in reversed(range(shards)):
        work.do(shard)
    output = place / f"result{shards}.tsv"
    return content(work.join(output) and output), work.join(output)


def test_vectors_of_shards_are_those_of_one_process_and_a_build_takes_them(
    shop: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    job = EmbedJob(shop=str(shop), encoder=str(tiny_encoder))
    whole, facts = done_alone(job, tmp_path, 1)
    assert done_alone(job, tmp_path, 7)[0] == whole
    towers = Towers.load(tiny_encoder)
    texts = list(dict.fromkeys(encoded_text(product, towers.template) for product in PRODUCTS))
    assert facts["texts"] == len(texts)
    np.testing.assert_array_equal(
        np.sort(np.load(tmp_path / "result1.tsv" / "vectors.npy"), axis=0),
        np.sort(towers.products.encode(texts), axis=0),
    )
    with Shop.create(tmp_path / "shop") as other:
        other.put_products(PRODUCTS)
        vectors = str(tmp_path / "result7.tsv")
        report = other.build(BuildSettings(encoder=str(tiny_encoder), vectors=vectors))
        assert (report.embedded, report.reused) == (0, len(PRODUCTS))
        foreign = write_tiny_encoder(tmp_path / "foreign", seed=8)
        with pytest.raises(UserError, match="were made by encoder"):
            other.build(BuildSettings(encoder=str(foreign), vectors=vectors))
        with pytest.raises(UserError, match="holds no vectors"):
            other.build(BuildSettings(encoder=str(tiny_encoder), vectors=str(tmp_path)))


def test_pairs_of_shards_are_those_of_one_process(shop: Path, tmp_path: Path) -> None:
    with Shop.open(shop) as opened, mining(opened.ledger, PRODUCTS, scratch=tmp_path) as (pairs, report):
        with pairs_file(tmp_path / "expected.tsv") as writer:
            writer.add(pairs)
        expected = report.as_dict()
    assert report.pairs > 5
    for shards in (1, 5):
        result, facts = done_alone(PairsJob(shop=str(shop)), tmp_path, shards)
        assert list(result.values()) == [(tmp_path / "expected.tsv").read_bytes()]
        assert {name: value for name, value in facts.items() if name != "seconds"} == {
            name: value for name, value in expected.items() if name != "seconds"
        }


def test_a_shard_reads_its_share_of_the_log_and_no_more(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work.begin(tmp_path / "work [a]", PairsJob(shop=str(shop)), 5)

    def read(*_: object) -> object:
        raise AssertionError("the log is read once")

    monkeypatch.setattr(Ledger, "event_rows", read)
    counts = []
    for shard in range(5):
        work.do(shard)
        counts.append(json.loads((work.place(shard) / "account.json").read_text())["read"])
    assert sum(counts) == len(events())
    assert max(counts) < len(events()) / 2
    assert work.join(tmp_path / "pairs.tsv")["events"] == len(events())
    assert Work.begin(work.directory, work.job, 5).missing() == []


def test_a_shard_embeds_its_share_of_the_texts_without_the_ledger(tiny_encoder: Path, tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as made:
        made.put_products(PRODUCTS[:10])
    work = Work.begin(tmp_path / "work", EmbedJob(shop=str(tmp_path / "shop"), encoder=str(tiny_encoder)), 3)
    (tmp_path / "shop" / LEDGER_FILE).unlink()
    for shard in range(3):
        work.do(shard)
    assert [len(np.load(work.place(shard) / "vectors.npy")) for shard in range(3)] == [3, 3, 4]


def test_what_a_killed_sharing_out_left_is_made_anew(shop: Path, tmp_path: Path) -> None:
    job = PairsJob(shop=str(shop))
    work = Work.begin(tmp_path / "work", job, 2)
    work.shares.rename(work.directory / ".doing-shares-of-a-killed-one")
    with pytest.raises(UserError, match="was not shared out"):
        Work.open(work.directory)
    assert sorted(path.name for path in Work.begin(work.directory, job, 2).shares.iterdir()) == ["share=0", "share=1"]
    for shard in range(2):
        work.do(shard)
    work.join(tmp_path / "pairs.tsv")
    assert not list(work.directory.glob(".doing-*"))


def test_judgments_of_shards_have_the_means_of_one_process(shop: Path, judgments: Path, tmp_path: Path) -> None:
    judged = read_judgments(judgments)
    with Shop.open(shop) as opened:
        expected = evaluate_retrieval(
            lambda query: [hit.product_id for hit in opened.search(query, k=20).hits], judged, relevant=2.5
        )
    job = JudgeJob(shop=str(shop), judgments=str(judgments))
    for shards in (1, 6):
        assert done_alone(job, tmp_path, shards)[1] == expected.as_dict() | {"mode": "hybrid"}


def kill_a_worker(work: Work, killed: list[int]) -> None:
    """SIGKILL for the first process that is seen at a shard."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"aisle.batch.worker" in words and str(work.directory).encode() in words:
                # In the middle of the shard, where there is one.
                while (entry / "cmdline").exists() and not list(work.directory.glob(".doing-*")):
                    time.sleep(0.002)
                os.kill(int(entry.name), signal.SIGKILL)
                killed.append(int(entry.name))
                return
        time.sleep(0.002)


def test_a_killed_worker_is_started_again_and_the_result_is_the_same(
    shop: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    job = EmbedJob(shop=str(shop), encoder=str(tiny_encoder))
    whole, _ = done_alone(job, tmp_path, 1)
    work = Work.begin(tmp_path / "work", job, 3)
    killed: list[int] = []
    killer = threading.Thread(target=kill_a_worker, args=(work, killed))
    killer.start()
    again = do_in_processes(work, 2)
    killer.join()
    assert len(killed) == again == 1
    work.join(tmp_path / "result")
    assert content(tmp_path / "result") == whole
    assert not list(work.directory.glob(".doing-*"))


def test_what_is_done_is_not_done_again(shop: Path, tiny_encoder: Path, tmp_path: Path) -> None:
    job = EmbedJob(shop=str(shop), encoder=str(tiny_encoder))
    work = Work.begin(tmp_path / "work", job, 4)
    work.do(2)
    before = (work.place(2) / "vectors.npy").stat()
    assert work.missing() == [0, 1, 3]
    with pytest.raises(UserError, match="3 of 4 shards are not done, 0/4 the first"):
        work.join(tmp_path / "result")
    assert Work.begin(tmp_path / "work", job, 4).missing() == [0, 1, 3]
    work.do(2)
    assert (work.place(2) / "vectors.npy").stat() == before


def test_work_of_another_kind_or_of_changed_data_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    with Shop.create(tmp_path / "shop") as shop:
        shop.put_products(PRODUCTS[:5])
        job = EmbedJob(shop=str(tmp_path / "shop"), encoder=str(tiny_encoder))
        Work.begin(tmp_path / "work", job, 4)
        with pytest.raises(UserError, match="holds other work"):
            Work.begin(tmp_path / "work", job, 5)
        shop.put_products([Product(product_id="new", title="New")])
        with pytest.raises(UserError, match="data or encoder has changed"):
            Work.begin(tmp_path / "work", job, 4)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("")
    with pytest.raises(UserError, match="is not empty"):
        Work.begin(tmp_path / "full", job, 4)
    with pytest.raises(UserError, match="holds no work"):
        Work.open(tmp_path / "full")


def test_a_worker_that_fails_for_good_says_why(shop: Path, judgments: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone.tsv"
    gone.write_bytes(judgments.read_bytes())
    work = Work.begin(tmp_path / "work", JudgeJob(shop=str(shop), judgments=str(gone)), 2)
    gone.unlink()
    with pytest.raises(UserError, match=r"shard \d/2 failed for good: .*gone\.tsv"):
        do_in_processes(work, 1)


def test_a_job_is_written_and_read(shop: Path) -> None:
    for job in (
        EmbedJob(shop="a", encoder="b"),
        PairsJob(shop="a", settings={"min_sessions": 2}),
        JudgeJob(shop="a", judgments="b", mode="lexical"),
    ):
        assert read(written(job)) == job
        assert asdict(read(written(job))) == asdict(job)


def test_without_ray_it_says_what_to_install(shop: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("ray"):
        pytest.skip("Ray is installed")
    with pytest.raises(AisleError, match=r"pip install 'aisle\[ray\]'"):
        do_on_ray(Work.begin(tmp_path / "work", PairsJob(shop=str(shop)), 2), 2)


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed: pip install 'aisle[ray]'")
@pytest.mark.filterwarnings("ignore")
def test_a_worker_killed_on_ray_is_started_again_and_the_result_is_the_same(
    shop: Path, tiny_encoder: Path, tmp_path: Path
) -> None:
    job = EmbedJob(shop=str(shop), encoder=str(tiny_encoder))
    whole, _ = done_alone(job, tmp_path, 1)
    work = Work.begin(tmp_path / "work", job, 6)
    killed: list[int] = []

    def kill() -> None:
        until = time.monotonic() + 120
        while not killed and time.monotonic() < until:
            for entry in Path("/proc").iterdir():
                try:
                    title = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
                except OSError:
                    continue
                # A worker of Ray bears the name of its task.
                if title.startswith(b"ray::_do") and list(work.directory.glob(".doing-*")):
                    os.kill(int(entry.name), signal.SIGKILL)
                    killed.append(int(entry.name))
                    break
            time.sleep(0.002)

    killer = threading.Thread(target=kill)
    killer.start()
    do_on_ray(work, 2)
    killer.join()
    assert killed
    work.join(tmp_path / "result")
    assert content(tmp_path / "result") == whole
    assert json.loads((work.directory / "job.json").read_text())["shards"] == 6
