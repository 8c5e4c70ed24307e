"""What the training loop is handed to train two towers.

A step: the queries of a batch of pairs (some misspelt), further queries made of the products' own titles, every product
once, and known wrong answers. Each query must find its product among all of them. The pieces of words, if there are
any, learn the same from the real queries, among further products of the catalogue.

Legend: A queries (anchors), U distinct products of a step, M candidates, D vector length, P pairs, N products.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from aisle.objectives.hardness import hardness_loss
from aisle.objectives.in_batch import in_batch_loss
from aisle.objectives.negatives import left_out, too_close
from aisle.objectives.self_adversarial_sigmoid import self_adversarial_sigmoid_loss
from aisle.objectives.self_adversarial_softmax import self_adversarial_softmax_loss
from aisle.tasks.two_tower.data import Pairs, Wares
from aisle.tasks.two_tower.dev import Dev
from aisle.tasks.two_tower.gradient_cache import vectors_in_passes
from aisle.tasks.two_tower.guide import Guide
from aisle.tasks.two_tower.model import TwoTowers
from aisle.tasks.two_tower.noise import misspelt, of_title
from aisle.tasks.two_tower.pieces import piece_loss, without_specials
from aisle.tasks.two_tower.settings import TwoTowerSettings
from aisle.text.templates import Template
from aisle.text.tokenizer import Tokenizer
from aisle.training.batches import forwards
from aisle.training.optimizer import groups_by_decay
from aisle.training.packed import PackedBatch, TokenTable
from aisle.training.ranks import items_of_all, ranks, rows_of_all
from aisle.training.settings import TrainingSettings
from aisle.training.task import Loss, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoTowerBatch:
    """Real queries first, then those made of titles; every product once."""

    query_passes: list[PackedBatch]
    query_order_A: Tensor
    """Where each query's vector lies among those of all passes."""
    product_passes: list[PackedBatch]
    product_order_U: Tensor
    products_U: Tensor
    """Numbers of the products: right answers of the queries, then known wrong ones."""
    query_numbers_A: Tensor
    """-1 for a query made of a title."""
    own_A: Tensor
    """Where each query's right answer stands in `products_U`."""
    num_real: int
    texts: tuple[str, ...]
    """The queries, for a guide."""
    query_pieces: tuple[tuple[int, ...], ...] = ()
    """The pieces of the real queries, where pieces are learned."""
    others: tuple[int, ...] = ()
    """Numbers of further products that the pieces are told apart from."""

    @property
    def tokens(self) -> int:
        """Tokens of all texts."""
        return sum(part.tokens for part in (*self.query_passes, *self.product_passes))

    def to(self, device: torch.device) -> TwoTowerBatch:
        """The same on a device."""
        return TwoTowerBatch(
            query_passes=[part.to(device) for part in self.query_passes],
            query_order_A=self.query_order_A.to(device),
            product_passes=[part.to(device) for part in self.product_passes],
            product_order_U=self.product_order_U.to(device),
            products_U=self.products_U.to(device),
            query_numbers_A=self.query_numbers_A.to(device),
            own_A=self.own_A.to(device),
            num_real=self.num_real,
            texts=self.texts,
            query_pieces=self.query_pieces,
            others=self.others,
        )


class TwoTowerTask(Task):
    """One stage of training two towers."""

    separable = False

    def __init__(
        self,
        model: TwoTowers,
        tokenizer: Tokenizer,
        settings: TwoTowerSettings,
        wares: Wares,
        pairs: Pairs,
        *,
        template: Template,
        products: TokenTable,
        classes: Mapping[str, NDArray[np.int64]],
        dev: Dev | None = None,
        guide: Guide | None = None,
        token_budget: int = 4_096,
    ) -> None:
        """`products` holds the tokens of `wares.texts`, `classes` the brand and category numbers (-1 for none)."""
        self.module: TwoTowers = model
        self.settings = settings
        self.dev_metric = "recall@20" if dev else ""
        self._tokenizer, self._template = tokenizer, template
        self._wares, self._pairs, self._products = wares, pairs, products
        self._classes = {name: torch.from_numpy(numbers_N) for name, numbers_N in classes.items()}
        self._known = torch.from_numpy(pairs.known)
        self._dev, self._guide = dev, guide
        self._token_budget = token_budget
        self._query_lengths = np.array([len(ids) for ids in self._query_ids(pairs.queries)], np.int64)

    def num_examples(self) -> int:
        return len(self._pairs)

    def lengths(self) -> Sequence[int]:
        pairs_P2 = self._pairs.pairs_P2
        lengths_P = self._query_lengths[pairs_P2[:, 0]] + self._products.lengths_B[pairs_P2[:, 1]]
        lengths: list[int] = lengths_P.tolist()
        return lengths

    def batch(self, examples: Sequence[int]) -> TwoTowerBatch:
        pairs_P2 = self._pairs.pairs_P2[np.asarray(examples, np.int64)]
        texts = [self._typed(self._pairs.queries[query]) for query in pairs_P2[:, 0].tolist()]
        numbers, rights = pairs_P2[:, 0].tolist(), pairs_P2[:, 1].tolist()
        made = random.sample(rights, round(self.settings.title_queries * len(rights)))
        from_titles = [(text, product) for product in made if (text := of_title(self._wares.titles[product]))]
        texts += [text for text, _ in from_titles]
        rights += [product for _, product in from_titles]
        # Every product goes through the encoder once, however many queries it answers.
        products = list(dict.fromkeys([*rights, *self._wrong_answers(pairs_P2[:, 0].tolist())]))
        places = {product: place for place, product in enumerate(products)}
        query_ids = self._query_ids(texts)
        queries = TokenTable(query_ids)
        learned = len(pairs_P2) if self.module.pieces is not None else 0
        query_passes, query_order_A = self._passes(queries, np.arange(len(texts)))
        product_passes, product_order_U = self._passes(self._products, np.array(products, np.int64))
        return TwoTowerBatch(
            query_passes=query_passes,
            query_order_A=query_order_A,
            product_passes=product_passes,
            product_order_U=product_order_U,
            products_U=torch.tensor(products),
            query_numbers_A=torch.tensor(numbers + [-1] * len(from_titles)),
            own_A=torch.tensor([places[product] for product in rights]),
            num_real=len(pairs_P2),
            texts=tuple(texts),
            query_pieces=tuple(tuple(without_specials(ids, self._tokenizer)) for ids in query_ids[:learned]),
            others=tuple(self._others()) if learned else (),
        )

    def loss(self, batch: TwoTowerBatch) -> Loss:
        keep = 4 * self._token_budget
        query_AD = vectors_in_passes(self.module.queries, batch.query_passes, keep_tokens=keep)[batch.query_order_A]
        product_UD = vectors_in_passes(self.module.products, batch.product_passes, keep_tokens=keep)
        product_UD = product_UD[batch.product_order_U]
        value = self._found(query_AD[: batch.num_real], product_UD, batch, slice(0, batch.num_real))
        if batch.num_real < len(query_AD) and self.settings.title_weight:
            made = slice(batch.num_real, len(query_AD))
            value = value + self.settings.title_weight * self._found(query_AD[made], product_UD, batch, made)
        value = value + self.settings.heads * self._told(product_UD, batch.products_U)
        if batch.query_pieces:
            value = value + self._met(batch)
        return Loss(value, batch.num_real, batch.tokens)

    def evaluate(self) -> Mapping[str, float]:
        return {} if self._dev is None else self._dev.evaluate(self.module, self._products, self._token_budget)

    def parameter_groups(self, settings: TrainingSettings) -> list[dict[str, Any]] | None:
        pieces = self.module.pieces
        if pieces is None:
            return None
        own = list(pieces.parameters())
        places = set(map(id, own))
        others = [weight for weight in self.module.parameters() if weight.requires_grad and id(weight) not in places]
        faster = settings.learning_rate * self.settings.pieces_rate
        return [
            *groups_by_decay(others, settings, settings.learning_rate),
            *groups_by_decay(own, settings, faster),
        ]

    def save(self, directory: Path) -> None:
        self.module.save(directory, self._tokenizer, self._template)

    def _found(self, query_AD: Tensor, product_UD: Tensor, batch: TwoTowerBatch, part: slice) -> Tensor:
        """The objective over one kind of queries: every query against all products of the step."""
        own_A = batch.own_A[part]
        anchors_AD, rights_AD, rest_UD = rows_of_all(query_AD), rows_of_all(product_UD[own_A]), rows_of_all(product_UD)
        queries_A = rows_of_all(batch.query_numbers_A[part])
        products_M = torch.cat([rows_of_all(batch.products_U[own_A]), rows_of_all(batch.products_U)])
        candidates_MD = torch.cat([rights_AD, rest_UD])
        known = self._known.to(products_M.device)
        left_out_AM = left_out(products_M, queries_A, known, len(self._wares.product_ids))
        if self._guide is not None:
            left_out_AM |= too_close(
                self._guide.queries(items_of_all(batch.texts[part])).to(products_M.device),
                self._guide.products(products_M),
                self._guide.margin,
            )
        return self._objective(anchors_AD, candidates_MD, left_out_AM)

    def _objective(self, anchors_AD: Tensor, candidates_MD: Tensor, left_out_AM: Tensor) -> Tensor:
        scale, alpha = self.settings.scale, self.settings.alpha
        if self.settings.negatives == "vanilla":
            return in_batch_loss(anchors_AD, candidates_MD, scale=scale, left_out_NM=left_out_AM)
        if self.settings.negatives == "hardness":
            return hardness_loss(anchors_AD, candidates_MD, scale=scale, alpha=alpha, left_out_NM=left_out_AM)
        if self.settings.form == "softmax":
            return self_adversarial_softmax_loss(
                anchors_AD, candidates_MD, scale=scale, alpha=alpha, left_out_NM=left_out_AM
            )
        return self_adversarial_sigmoid_loss(
            anchors_AD, candidates_MD, scale=scale, alpha=alpha, bias=scale / 2, left_out_NM=left_out_AM
        )

    def _met(self, batch: TwoTowerBatch) -> Tensor:
        """The same objective for the pieces: the real queries of all processes against all their products."""
        assert self.module.pieces is not None
        rights_A = batch.products_U[batch.own_A[: batch.num_real]]
        loss = piece_loss(
            self.module.pieces,
            items_of_all(batch.query_pieces),
            queries_A=torch.tensor(items_of_all(batch.query_numbers_A[: batch.num_real].tolist())),
            rights_A=torch.tensor(items_of_all(rights_A.tolist())),
            products_M=torch.tensor(sorted(set(items_of_all([*batch.products_U.tolist(), *batch.others])))),
            pieces_of=self._product_pieces,
            known_P=self._known,
            num_products=len(self._wares.product_ids),
        )
        # Every process has the gradient of the whole, and the loop adds them up.
        return loss.detach() + (loss - loss.detach()) / ranks().size

    def _told(self, product_UD: Tensor, products_U: Tensor) -> Tensor:
        """How far the heads are from telling brand and category, in the mean over the products of all processes."""
        loss = product_UD.new_zeros(())
        for name, head in (("brand", self.module.brand_head), ("category", self.module.category_head)):
            if head is None or not self.settings.heads:
                continue
            classes_U = self._classes[name].to(products_U.device)[products_U]
            known = rows_of_all((classes_U >= 0).sum()[None]).sum()
            # Vectors have length 1, too short for a softmax: the scale does what it does for cosines.
            logits_UC = head(product_UD * self.settings.scale).float()
            own = cross_entropy(logits_UC, classes_U, ignore_index=-1, reduction="sum") / known.clamp_min(1)
            # The value of all processes, the gradient of the own products, which the loop adds up.
            loss = loss + rows_of_all(own[None]).sum()
        return loss

    def _typed(self, query: str) -> str:
        return misspelt(query) if random.random() < self.settings.typos else query

    def _wrong_answers(self, queries: Sequence[int]) -> list[int]:
        found: list[int] = []
        for query in queries:
            known = self._pairs.wrong.get(query)
            if known is not None and self.settings.hard_negatives:
                found += random.sample(known.tolist(), min(self.settings.hard_negatives, len(known)))
        return found

    def _others(self) -> list[int]:
        """This process's share of the further products of a step."""
        wanted = self.settings.pieces_negatives // ranks().size
        return random.choices(range(len(self._wares.product_ids)), k=wanted)

    def _product_pieces(self, product: int) -> list[int]:
        first = int(self._products.starts_B[product])
        ids = self._products.ids_N[first : first + int(self._products.lengths_B[product])]
        return without_specials(ids.tolist(), self._tokenizer)

    def _query_ids(self, texts: Sequence[str]) -> list[list[int]]:
        return self._tokenizer.encode_batch(texts, max_tokens=self.settings.query_tokens).ids

    def _passes(self, table: TokenTable, texts_B: NDArray[np.int64]) -> tuple[list[PackedBatch], Tensor]:
        """The texts cut into passes, and where each one's vector will lie."""
        parts = forwards(np.arange(len(texts_B)), table.lengths_B[texts_B], self._token_budget)
        order_B = np.empty(len(texts_B), np.int64)
        order_B[np.concatenate(parts)] = np.arange(len(texts_B))
        return [table.pack(texts_B[part]) for part in parts], torch.from_numpy(order_B)
