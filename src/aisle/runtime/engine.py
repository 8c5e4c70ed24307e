"""Runs an encoder's graph on the CPU, without torch.

Legend: N texts, B texts of one batch, T tokens of each, D hidden size.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.runtime.batching import equal_length_batches
from aisle.runtime.cache import cache_directory
from aisle.runtime.hardware import core, cores
from aisle.runtime.settings import EngineSettings


class Engine:
    """One compiled encoder. Safe to call from many threads; each call computes on its own."""

    def __init__(self, graph: Any, precision: str, settings: EngineSettings) -> None:
        self.settings = settings
        self.precision = precision
        self.threads = settings.threads or cores()
        store = cache_directory()
        self._compiled = core().compile_model(  # type: ignore[attr-defined]
            graph,
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": "bf16" if self.precision == "bf16" else "f32",
                "INFERENCE_NUM_THREADS": self.threads,
                # One thread a stream: a query pays no synchronisation, and batches run side by side.
                "NUM_STREAMS": self.threads,
                "ENABLE_CPU_PINNING": False,
                # A compiled graph is loaded several times faster than it is compiled.
                **({} if store is None else {"CACHE_DIR": str(store)}),
            },
        )
        self._idle: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(self.threads):
            self._idle.put(self._compiled.create_infer_request())
        self._bulk = threading.Lock()

    def run(self, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Pooled vectors (N, D), not normalised, of N sequences of token ids, in their order."""
        lengths_N = np.fromiter((len(sequence) for sequence in ids), np.int64, len(ids))
        batches = list(equal_length_batches(lengths_N, self.settings.token_budget))
        vectors_ND = np.empty((len(ids), self.dim), np.float32)
        if len(batches) == 1:
            vectors_ND[batches[0]] = self._run_one(_stack(ids, batches[0]))
        elif batches:
            self._run_many(ids, batches, vectors_ND)
        return vectors_ND

    @property
    def dim(self) -> int:
        """Length of a vector, D."""
        return int(self._compiled.output(0).get_partial_shape()[1].get_length())

    def _run_one(self, ids_BT: NDArray[np.int32]) -> NDArray[np.float32]:
        request = self._idle.get()
        try:
            request.infer([ids_BT], share_inputs=True)
            return request.get_output_tensor(0).data.copy()  # type: ignore[no-any-return]
        finally:
            self._idle.put(request)

    def _run_many(
        self, ids: Sequence[Sequence[int]], batches: list[NDArray[np.int64]], vectors_ND: NDArray[np.float32]
    ) -> None:
        import openvino

        def keep(request: Any, batch: NDArray[np.int64]) -> None:
            vectors_ND[batch] = request.get_output_tensor(0).data

        with self._bulk:
            jobs = openvino.AsyncInferQueue(self._compiled, self.threads)
            jobs.set_callback(keep)
            for batch in batches:
                jobs.start_async([_stack(ids, batch)], batch)
            jobs.wait_all()


def _stack(ids: Sequence[Sequence[int]], batch: NDArray[np.int64]) -> NDArray[np.int32]:
    return np.array([ids[index] for index in batch.tolist()], np.int32)
