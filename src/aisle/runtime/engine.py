"""Runs an encoder's graph on the CPU, without torch.

Legend: N texts, B texts of one batch, T tokens of each, V vocabulary size, D hidden size.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.runtime.batching import equal_length_batches
from aisle.runtime.cache import cache_directory, trim
from aisle.runtime.hardware import core, cores
from aisle.runtime.requests import Requests
from aisle.runtime.settings import EngineSettings

LONG = 96
"""Texts of more tokens than this are computed by the graph for long ones: below it is slower, above it faster."""
KERNELS_KEPT = 1000
"""Kernels that a thread keeps for shapes it has met, some ten a shape and 100 KB each; OpenVINO would keep 5,000."""


class Engine:
    """One compiled encoder. Safe to call from many threads; each call computes on its own."""

    def __init__(
        self,
        words_VD: NDArray[np.float32],
        graph: Callable[[bool], Any],
        precision: str,
        settings: EngineSettings,
    ) -> None:
        """An engine from the vocabulary's vectors and from what builds the graph for short (False) or long texts."""
        self.settings = settings
        self.precision = precision
        self.threads = settings.threads or cores()
        self._words_VD = words_VD
        self._graph = graph
        self._building = threading.Lock()
        self._short = _Compiled(graph(False), precision, self.threads)
        self._long: _Compiled | None = None
        self.dim = self._short.dim
        """Length of a vector, D."""

    def run(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Pooled vectors (N, D), not normalised, of N sequences of token ids, in their order."""
        if len(ids) == 1:
            # A query: what sorts many texts into batches would take a tenth of its time.
            words_1TD = self._words_VD[np.array([ids[0]], np.int32)]
            return self._compiled(words_1TD.shape[1]).run(words_1TD)
        lengths_N = np.fromiter((len(sequence) for sequence in ids), np.int64, len(ids))
        batches = list(equal_length_batches(lengths_N, self.settings.token_budget))
        vectors_ND = np.empty((len(ids), self.dim), np.float32)
        if len(batches) == 1:
            words_BTD = self._words(ids, batches[0])
            vectors_ND[batches[0]] = self._compiled(words_BTD.shape[1]).run(words_BTD)
            return vectors_ND
        # Longest first, so the long ones are those at the front.
        many = sum(int(lengths_N[batch[0]]) > LONG for batch in batches)
        for group in (batches[:many], batches[many:]):
            if group:
                compiled = self._compiled(int(lengths_N[group[0][0]]))
                compiled.run_many(group, lambda batch: self._words(ids, batch), vectors_ND)
        return vectors_ND

    def _words(self, ids: Sequence[Sequence[int]], batch: NDArray[np.int64]) -> NDArray[np.float32]:
        return self._words_VD[np.array([ids[index] for index in batch.tolist()], np.int32)]

    def _compiled(self, tokens: int) -> _Compiled:
        if tokens <= LONG:
            return self._short
        with self._building:
            if self._long is None:
                self._long = _Compiled(self._graph(True), self.precision, self.threads)
        return self._long


class _Compiled:
    """One graph, ready to run: single batches on whatever thread is free, many batches on all of them."""

    def __init__(self, graph: Any, precision: str, threads: int) -> None:
        store = cache_directory()
        compiled = core().compile_model(  # type: ignore[attr-defined]
            graph,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
                "INFERENCE_NUM_THREADS": threads,
                # One thread a stream: a query pays no synchronisation, and batches run side by side.
                "NUM_STREAMS": threads,
                "ENABLE_CPU_PINNING": False,
                "CPU_RUNTIME_CACHE_CAPACITY": KERNELS_KEPT,
                # A compiled graph is loaded several times faster than it is compiled.
                **({} if store is None else {"CACHE_DIR": str(store)}),
            },
        )
        if store is not None:
            trim(store)
        self.dim = int(compiled.output(0).get_partial_shape()[1].get_length())
        self._requests = Requests(compiled, threads)
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix="aisle-encode")

    def run(self, words_BTD: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vectors (B, D) of one batch."""
        with self._requests.one() as request:
            # Copied, not shared: OpenVINO may look at a shared input once more after its memory is given back.
            request.infer([words_BTD], share_inputs=False)
            return request.get_output_tensor(0).data.copy()  # type: ignore[no-any-return]

    def run_many(
        self,
        batches: Sequence[NDArray[np.int64]],
        words: Callable[[NDArray[np.int64]], NDArray[np.float32]],
        vectors_ND: NDArray[np.float32],
    ) -> None:
        """Write the vectors of every batch, whose tokens' vectors `words` gives, to its rows of `vectors_ND`."""

        def one(batch: NDArray[np.int64]) -> None:
            vectors_ND[batch] = self.run(words(batch))

        for _ in self._workers.map(one, batches):
            pass
