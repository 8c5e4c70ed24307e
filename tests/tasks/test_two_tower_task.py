"""Training two towers: objectives learn, large batches have the gradient of one pass, what is saved encodes alike."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from aisle.errors import DamagedError, UserError
from aisle.model.tensor_files import write_tensors
from aisle.objectives.in_batch import in_batch_loss
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.pieces import PIECES_FILE, Pieces
from aisle.sentence.towers import Towers
from aisle.tasks.two_tower.data import Pairs, number_pairs, read_pairs
from aisle.tasks.two_tower.loading import load_two_tower
from aisle.tasks.two_tower.settings import TwoTowerSettings
from aisle.tasks.two_tower.stages import train_towers, warm_up_directory
from aisle.tasks.two_tower.task import TwoTowerTask
from aisle.text.templates import MARKERS, Template
from aisle.training.progress import Unwatched
from aisle.training.settings import TrainingSettings
from tests.conftest import TINY, write_tiny_encoder
from tests.tasks.two_tower_shop import pair_table, wares, written

TRAINING = TrainingSettings(epochs=1, batch_size=8, learning_rate=1e-3, checkpoint_every=0, precision="f32")
BARE = TwoTowerSettings(title_queries=0, typos=0, hard_negatives=0, heads=0, pieces=False)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder without dropout, so that what is learnt is certain."""
    folder = tmp_path_factory.mktemp("encoders") / "calm"
    return write_tiny_encoder(folder, config=replace(TINY, dropout=0.0, attention_dropout=0.0))


def some_pairs(folder: Path, settings: TwoTowerSettings, *, rows: int = 40, seed: int = 0) -> Pairs:
    path = pair_table(folder / f"pairs{seed}.tsv", rows=rows, products=12, seed=seed)
    return number_pairs(read_pairs(path, settings), wares().product_ids, settings, by_people=True)


def task_of(
    encoder: Path, folder: Path, settings: TwoTowerSettings, *, template: Template = "plain", **training: Any
) -> TwoTowerTask:
    return load_two_tower(
        encoder,
        wares(template=template),
        some_pairs(folder, settings),
        settings,
        replace(TRAINING, **training),
        template=template,
        untied=settings.towers == "untied",
    ).task


def run(encoder: Path, folder: Path, settings: TwoTowerSettings, **training: Any) -> list[dict[str, Any]]:
    """Train into `folder/run`; the lines of its metrics."""
    template = "plain" if settings.template == "auto" else settings.template
    train_towers(
        encoder,
        wares(template=template),
        some_pairs(folder, settings),
        settings,
        replace(TRAINING, **training),
        folder / "run",
        template=template,
        about={"test": True},
        progress=Unwatched(),
    )
    return [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "change",
    [
        {"negatives": "vanilla"},
        {"negatives": "self-adversarial", "alpha": 5.0},
        {"negatives": "self-adversarial", "form": "sigmoid", "alpha": 5.0, "towers": "untied"},
        {"negatives": "hardness", "alpha": 3.0},
        {"template": "markers", "heads": 0.5, "title_queries": 0.5, "guide": 0.0},
        {"pieces": True, "pieces_rate": 1.0},
    ],
)
def test_every_kind_learns(calm: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    lines = run(calm, tmp_path, replace(BARE, **change), epochs=6, learning_rate=3e-3)
    losses = [line["loss"] for line in lines]
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:3])


def test_the_loss_is_the_objective_over_the_vectors_of_query_and_product(calm: Path, tmp_path: Path) -> None:
    task = task_of(calm, tmp_path, BARE)
    task.module.eval()
    pairs = some_pairs(tmp_path, BARE)
    # Four pairs of different queries and products: nothing to leave out.
    chosen: list[int] = []
    for number, (query, product) in enumerate(pairs.pairs_P2.tolist()):
        there = pairs.pairs_P2[chosen].tolist()
        new = all(query != q and product != p for q, p in there)
        known = {(q, p) for q, p in pairs.pairs_P2.tolist()}
        if new and not any((query, p) in known or (q, product) in known for q, p in there):
            chosen.append(number)
    assert len(chosen) >= 3
    task.save(tmp_path / "saved")
    towers = Towers.load(tmp_path / "saved", settings=EngineSettings(precision="f32"))
    queries = towers.queries.encode([pairs.queries[query] for query in pairs.pairs_P2[chosen, 0]])
    products = towers.products.encode([wares().texts[product] for product in pairs.pairs_P2[chosen, 1]])
    expected = in_batch_loss(torch.from_numpy(queries), torch.from_numpy(products))
    found = task.loss(task.batch(chosen))
    assert found.value.item() == pytest.approx(expected.item(), abs=1e-4)
    assert found.examples == len(chosen)


@pytest.mark.parametrize("towers", ["tied", "untied"])
def test_cached_gradients_are_those_of_one_pass(tiny_encoder: Path, tmp_path: Path, towers: str) -> None:
    settings = TwoTowerSettings(towers=towers, title_queries=0.5, template="plain")  # type: ignore[arg-type]
    gradients, passes = [], []
    for budget in (10_000, 24):
        task = task_of(tiny_encoder, tmp_path, settings, token_budget=budget)
        task.module.eval()  # the order of texts decides which numbers dropout takes
        random.seed(5)
        batch = task.batch(range(24))
        passes.append(len(batch.product_passes))
        task.loss(batch).value.backward()  # type: ignore[no-untyped-call]
        named = task.module.named_parameters()
        gradients.append({name: weight.grad for name, weight in named if weight.grad is not None})
    assert passes[0] == 1
    assert passes[1] > 5  # more than are kept, so that some are computed twice
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, rtol=1e-4, atol=1e-6)


def test_a_pass_that_is_computed_twice_drops_the_same_numbers(tiny_encoder: Path, tmp_path: Path) -> None:
    found = []
    for kept in (10_000, 1):
        task = task_of(tiny_encoder, tmp_path, BARE, token_budget=kept if kept == 1 else 1)
        task._token_budget = 30
        batch = task.batch(range(10))
        task._token_budget = kept // 4
        task.module.train()
        torch.manual_seed(3)
        loss = task.loss(batch).value
        loss.backward()  # type: ignore[no-untyped-call]
        gradient = task.module.query.embeddings.token.weight.grad
        assert gradient is not None
        found.append((loss.item(), gradient))
    assert found[1][0] == pytest.approx(found[0][0], rel=1e-6)
    torch.testing.assert_close(found[1][1], found[0][1], rtol=1e-4, atol=1e-7)


def test_wrong_answers_come_along_and_titles_make_queries(calm: Path, tmp_path: Path) -> None:
    settings = replace(BARE, hard_negatives=1, title_queries=1.0)
    path = written(tmp_path / "j.tsv", "query|product_id|relevance", "milk|p0|3", "milk|p5|1", "milk|p7|1", "oat|p1|3")
    pairs = number_pairs(read_pairs(path, settings), wares().product_ids, settings, by_people=True)
    task = load_two_tower(calm, wares(), pairs, settings, TRAINING, template="plain", untied=False).task
    brought = set()
    for _ in range(20):
        batch = task.batch(range(2))
        assert batch.products_U[:2].sort().values.tolist() == [0, 1]
        (wrong,) = batch.products_U[2:].tolist()
        brought.add(wrong)
        assert batch.query_numbers_A.tolist() == [0, 1, -1, -1]
        for text, own in zip(batch.texts[2:], batch.own_A[2:].tolist(), strict=True):
            assert set(text.split()) <= set(wares().titles[int(batch.products_U[own])].lower().split())
    assert brought == {5, 7}


def test_markers_are_tokens_and_start_as_the_words_for_what_they_mark(calm: Path, tmp_path: Path) -> None:
    task = task_of(calm, tmp_path, replace(BARE, towers="untied"), template="markers")
    table = task.module.query.embeddings.token.weight
    assert len(table) == TINY.vocab_size + len(MARKERS)
    task.save(tmp_path / "saved")
    towers = Towers.load(tmp_path / "saved", settings=EngineSettings(precision="f32"))
    assert (towers.template, towers.config.tied) == ("markers", False)
    text = wares(template="markers").texts[0]
    ids = towers.products.tokenizer.encode_batch([text]).ids[0]
    assert [token for token in towers.products.tokenizer.tokens(ids) if token in MARKERS] == ["[PN]", "[PBN]", "[PCS]"]
    name = task._tokenizer.encode_batch(["name"]).ids[0][1:-1]
    torch.testing.assert_close(table[ids[1]], table[name].mean(dim=0))
    # A checkpoint that has them is not given them again.
    again = load_two_tower(
        tmp_path / "saved", wares(), some_pairs(tmp_path, BARE), BARE, TRAINING, template="markers", untied=False
    )
    assert again.task.module.query.config.vocab_size == len(table)
    assert not again.task.module.tied


def test_what_is_saved_encodes_as_what_was_trained(tiny_encoder: Path, tmp_path: Path) -> None:
    settings = replace(BARE, stages="cascade", template="markers", heads=0.1)
    run(tiny_encoder, tmp_path, settings)
    towers = Towers.load(tmp_path / "run", settings=EngineSettings(precision="f32"))
    loaded = load_two_tower(
        tmp_path / "run", wares(template="markers"), some_pairs(tmp_path, settings), settings, TRAINING,
        template="markers", untied=False,
    )  # fmt: skip
    model = loaded.task.module.eval()
    batch = loaded.task.batch(range(6))
    with torch.no_grad():
        products_UD = torch.cat([model.products(part) for part in batch.product_passes])[batch.product_order_U]
    texts = [wares(template="markers").texts[product] for product in batch.products_U.tolist()]
    np.testing.assert_allclose(towers.products.encode(texts), products_UD.numpy(), rtol=0, atol=1e-5)
    assert not np.allclose(towers.products.encode(texts), towers.queries.encode(texts), atol=1e-3)


def test_a_cascade_warms_up_tied_and_goes_on_untied_from_there(tiny_encoder: Path, tmp_path: Path) -> None:
    settings = replace(BARE, stages="cascade", second_learning_rate=1e-30)
    run(tiny_encoder, tmp_path, settings)
    first = Towers.load(warm_up_directory(tmp_path / "run"), settings=EngineSettings(precision="f32"))
    second = Towers.load(tmp_path / "run", settings=EngineSettings(precision="f32"))
    assert (first.config.tied, second.config.tied) == (True, False)
    # With next to no learning rate the second stage still is what it started from.
    for tower in (second.queries, second.products):
        np.testing.assert_allclose(tower.encode(["oat milk"]), first.queries.encode(["oat milk"]), atol=1e-4)
    facts = json.loads((tmp_path / "run" / "run.json").read_text())
    assert facts["about"]["stage"] == "cascade"
    # Called again, the finished warm-up is not done again, and the finished run is not overwritten.
    stamp = (warm_up_directory(tmp_path / "run") / "model.safetensors").stat().st_mtime_ns
    with pytest.raises(UserError, match="holds a finished run"):
        run(tiny_encoder, tmp_path, settings)
    assert (warm_up_directory(tmp_path / "run") / "model.safetensors").stat().st_mtime_ns == stamp
    with pytest.raises(UserError, match="finished warm-up of other settings"):
        run(tiny_encoder, tmp_path, settings, batch_size=4)


def test_pieces_learn_beside_the_vectors_and_are_saved_as_they_were_learned(calm: Path, tmp_path: Path) -> None:
    settings = replace(BARE, pieces=True, pieces_negatives=3)
    run(calm, tmp_path, settings, epochs=3)
    towers = Towers.load(tmp_path / "run")
    pieces = towers.pieces
    assert pieces is not None
    np.testing.assert_allclose(np.linalg.norm(pieces.vectors_VD, axis=1), 1, atol=1e-5)
    start = load_two_tower(
        calm, wares(), some_pairs(tmp_path, settings), settings, TRAINING, template="plain", untied=False
    ).task.module.pieces
    assert start is not None
    moved_V = (pieces.vectors_VD * start.vectors.detach().numpy()).sum(axis=1)
    read = [*wares().texts, *some_pairs(tmp_path, settings).queries]
    held = {piece for row in towers.queries.tokenizer.pieces(read) for piece in row}
    never = sorted(set(range(len(moved_V))) - held)
    assert moved_V[sorted(held)].mean() < 0.999 < moved_V[never].min()
    # What goes on from there goes on from these.
    again = load_two_tower(
        tmp_path / "run", wares(), some_pairs(tmp_path, settings), settings, TRAINING, template="plain", untied=False
    ).task.module.pieces
    assert again is not None
    np.testing.assert_allclose(again.vectors.detach().numpy(), pieces.vectors_VD, atol=1e-6)
    np.testing.assert_allclose(again.log_weights.detach().exp().numpy(), pieces.weights_V, rtol=1e-5)


def test_pieces_start_as_what_the_query_tower_says_of_them_alone_and_rare_ones_count_more(
    calm: Path, tmp_path: Path
) -> None:
    task = task_of(calm, tmp_path, replace(BARE, pieces=True))
    pieces = task.module.pieces
    assert pieces is not None
    encoder = SentenceEncoder.load(calm, settings=EngineSettings(precision="f32"))
    special = encoder.tokenizer.special
    row_D = encoder.engine.run([[special.cls, 7, special.sep]])[0]
    np.testing.assert_allclose(pieces.vectors[7].detach().numpy(), row_D / np.linalg.norm(row_D), atol=1e-5)
    every, never = special.cls, special.mask
    assert never is not None
    weights_V = pieces.log_weights.detach().exp()
    assert weights_V[every].item() == pytest.approx(np.sqrt(0.05))  # at the beginning of each of the twelve
    assert weights_V[never].item() == pytest.approx(np.sqrt(np.log(12)))


def test_pieces_of_new_markers_are_added_to_those_that_are_there(calm: Path, tmp_path: Path) -> None:
    settings = replace(BARE, pieces=True)
    task_of(calm, tmp_path, settings).save(tmp_path / "saved")
    before = Pieces.load(tmp_path / "saved")
    assert before is not None
    task = task_of(tmp_path / "saved", tmp_path, settings, template="markers")
    assert task.module.pieces is not None
    vectors_VD = task.module.pieces.vectors.detach().numpy()
    assert len(vectors_VD) == TINY.vocab_size + len(MARKERS) == len(task.module.pieces.log_weights)
    np.testing.assert_array_equal(vectors_VD[: TINY.vocab_size], before.vectors_VD)
    # New ones are what the tower says of them, not chance.
    again = task_of(tmp_path / "saved", tmp_path, settings, template="markers").module.pieces
    assert again is not None
    np.testing.assert_array_equal(again.vectors.detach().numpy(), vectors_VD)


def test_pieces_learn_so_many_times_as_fast(calm: Path, tmp_path: Path) -> None:
    task = task_of(calm, tmp_path, replace(BARE, pieces=True, pieces_rate=30.0))
    groups = task.parameter_groups(TRAINING)
    assert groups is not None
    assert task.module.pieces is not None
    rates = {id(weight): group["lr"] for group in groups for weight in group["params"]}
    assert {rates[id(weight)] for weight in task.module.pieces.parameters()} == {3e-2}
    assert {rates[id(weight)] for weight in task.module.query.parameters()} == {1e-3}
    assert len(rates) == len(list(task.module.parameters()))
    assert task_of(calm, tmp_path, BARE).parameter_groups(TRAINING) is None


def test_a_damaged_file_of_pieces_says_what_to_do(calm: Path, tmp_path: Path) -> None:
    task_of(calm, tmp_path, replace(BARE, pieces=True)).save(tmp_path / "saved")
    write_tensors(tmp_path / "saved" / PIECES_FILE, {"vectors": np.ones((3, 4), np.float32)})
    with pytest.raises(DamagedError, match=r"pieces.safetensors must hold .*; train the towers again"):
        Towers.load(tmp_path / "saved").pieces  # noqa: B018


def test_heads_tell_brand_and_category_and_can_be_off(calm: Path, tmp_path: Path) -> None:
    with_heads = task_of(calm, tmp_path, replace(BARE, heads=1.0))
    assert with_heads.module.brand_head is not None
    assert with_heads.module.category_head is not None
    assert with_heads.module.brand_head.out_features == 2  # fern and oak; none is no brand
    assert task_of(calm, tmp_path, BARE).module.brand_head is None
    batch = with_heads.batch(range(8))
    optimizer = torch.optim.AdamW(with_heads.module.parameters(), lr=3e-3)
    told = []
    for _ in range(30):
        vectors_UD = torch.cat([with_heads.module.products(part) for part in batch.product_passes])
        loss = with_heads._told(vectors_UD[batch.product_order_U], batch.products_U)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        told.append(loss.item())
    assert told[-1] < 0.5 * told[0]


def test_held_out_queries_are_searched_in_the_whole_catalogue(calm: Path, tmp_path: Path) -> None:
    pairs = some_pairs(tmp_path, BARE)
    loaded = load_two_tower(calm, wares(), pairs, BARE, TRAINING, template="plain", untied=False, dev=pairs)
    found = loaded.task.evaluate()
    assert loaded.task.dev_metric in found
    assert found["recall@20"] == 1  # there are twelve products
    assert 0 < found["mrr@10"] <= 1


def test_what_is_too_long_is_cut_and_counted_and_what_does_not_fit_is_refused(calm: Path, tmp_path: Path) -> None:
    settings = replace(BARE, product_tokens=5, query_tokens=4)
    pairs = some_pairs(tmp_path, settings)
    loaded = load_two_tower(calm, wares(), pairs, settings, TRAINING, template="plain", untied=False)
    assert loaded.truncated_products == 12
    assert loaded.truncated_queries == len(pairs.queries)
    with pytest.raises(UserError, match="product_tokens is 999, and the encoder has positions for 64"):
        load_two_tower(
            calm, wares(), pairs, replace(BARE, product_tokens=999), TRAINING, template="plain", untied=False
        )
