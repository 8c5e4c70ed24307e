"""From a checkpoint, wares and pairs to the stages of a training: every check before the first step.

Legend: N products.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.sentence.pieces import Pieces
from aisle.sentence.towers import PRODUCT_FOLDER, TowersConfig
from aisle.tasks.two_tower.data import Pairs, Wares
from aisle.tasks.two_tower.dev import Dev
from aisle.tasks.two_tower.encoding import encode
from aisle.tasks.two_tower.guide import Guide
from aisle.tasks.two_tower.markers import add_markers
from aisle.tasks.two_tower.model import TwoTowers
from aisle.tasks.two_tower.pieces import PieceTable, alone, rarity_weights
from aisle.tasks.two_tower.settings import TwoTowerSettings
from aisle.tasks.two_tower.task import TwoTowerTask
from aisle.text.templates import Template
from aisle.text.tokenizer import Tokenizer
from aisle.training.packed import TokenTable
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """A task that is ready to train, and what is worth saying of its data."""

    task: TwoTowerTask
    pairs: int
    queries: int
    truncated_products: int
    """Product texts that were cut because they are longer than `product_tokens`."""
    truncated_queries: int


def chosen_template(settings: TwoTowerSettings, *, has_fields: bool) -> Template:
    """Markers need to be trained and are worth it only where there are fields to mark."""
    if settings.template != "auto":
        return settings.template
    return "markers" if has_fields else "plain"


def load_two_tower(
    encoder: str | Path,
    wares: Wares,
    pairs: Pairs,
    settings: TwoTowerSettings,
    training: TrainingSettings,
    *,
    template: Template,
    untied: bool,
    dev: Pairs | None = None,
) -> Loaded:
    """Everything that one stage needs. `encoder` may itself be a pair of towers: training goes on from both.

    Raises
        UserError: the checkpoint lacks a part, or cannot have vectors of unit length.
    """
    directory = find_checkpoint(encoder)
    config = EncoderConfig.load(directory)
    for name, asked in (("query_tokens", settings.query_tokens), ("product_tokens", settings.product_tokens)):
        if asked > config.max_tokens:
            raise UserError(f"{name} is {asked}, and the encoder has positions for {config.max_tokens}")
    own = PoolingConfig.load(directory)
    pooling = dataclasses.replace(own, normalize=True, max_tokens=min(own.max_tokens or 512, config.max_tokens))
    # The heads' fresh weights are the run's first random numbers.
    torch.manual_seed(training.seed)
    before = TowersConfig.load(directory)
    query = Encoder.load(directory)
    product = query if before.tied else Encoder.load(directory / PRODUCT_FOLDER)
    tokenizer = Tokenizer.load(directory)
    if template == "markers":
        larger = add_markers(query, tokenizer)
        if product is not query:
            add_markers(product, tokenizer)
        tokenizer = larger
    brands, categories = (_classes(names) for names in (wares.brands, wares.categories))
    wants = settings.heads > 0
    model = TwoTowers(
        query,
        product,
        pooling,
        brands=int(brands.max(initial=-1)) + 1 if wants else 0,
        categories=int(categories.max(initial=-1)) + 1 if wants else 0,
    )
    if untied:
        model.untie()
    products = tokenizer.encode_batch(wares.texts, max_tokens=settings.product_tokens)
    queries = tokenizer.encode_batch(pairs.queries, max_tokens=settings.query_tokens)
    table = TokenTable(products.ids)
    if settings.pieces:
        model.pieces = _pieces(directory, model, tokenizer, table)
    guide = None
    if settings.guide is not None:
        frozen = TwoTowers(copy.deepcopy(query), copy.deepcopy(product), pooling)
        guide = Guide(frozen, tokenizer, table, margin=settings.guide, query_tokens=settings.query_tokens)
    held_out = None
    if dev is not None:
        held_out = Dev(dev, tokenizer.encode_batch(dev.queries, max_tokens=settings.query_tokens).ids)
    task = TwoTowerTask(
        model,
        tokenizer,
        settings,
        wares,
        pairs,
        template=template,
        products=table,
        classes={"brand": brands, "category": categories},
        dev=held_out,
        guide=guide,
        token_budget=training.token_budget,
    )
    return Loaded(
        task=task,
        pairs=len(pairs),
        queries=len(np.unique(pairs.pairs_P2[:, 0])),
        truncated_products=products.truncated_texts,
        truncated_queries=queries.truncated_texts,
    )


def _pieces(directory: Path, model: TwoTowers, tokenizer: Tokenizer, products: TokenTable) -> PieceTable:
    """The pieces of the towers that training starts from; those that they lack are what the query tower says of each
    alone, which is all of them at first and new markers later.

    Source of that start: model2vec (MinishLab 2024).
    """
    weights_V = rarity_weights(products, tokenizer.vocab_size)
    before = Pieces.load(directory)
    known = 0 if before is None else len(before.weights_V)
    vectors = [] if before is None else [before.vectors_VD]
    if before is not None:
        weights_V[:known] = before.weights_V
    if known < tokenizer.vocab_size:
        table = TokenTable(alone(tokenizer))
        vectors.append(encode(model.eval().queries, table, np.arange(known, len(table))).numpy())
    return PieceTable(np.concatenate(vectors), weights_V)


def _classes(names: Sequence[str]) -> NDArray[np.int64]:
    """A number for each name that at least two products have (N,); -1 for the others: one product teaches no class."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + bool(name)
    numbers = {name: place for place, name in enumerate(sorted(name for name, count in counts.items() if count > 1))}
    return np.array([numbers.get(name, -1) for name in names], np.int64)
