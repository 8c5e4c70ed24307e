"""Which texts are computed together.

Texts of exactly the same number of tokens share a batch, so that no padding is ever computed and no mask is needed;
a text's vector then cannot depend on its neighbours either. SBERT's smart batching (arXiv 1908.10084, section 7)
sorts by length and still pads; with texts as short as product names the padding left is worth avoiding.

A graph meets few shapes, because OpenVINO makes kernels for each, which takes as long as ten short texts and keeps
a megabyte or two. So a batch that is not full holds 1, 2, 4, 8, … texts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

FILLED = 0.75
"""How full a batch must be for its last text to be repeated until it has one of these sizes."""


def equal_length_batches(lengths_N: NDArray[np.int64], token_budget: int) -> Iterator[NDArray[np.int64]]:
    """Split texts into batches of equal length with at most `token_budget` tokens (or one text).

    Yields index arrays into `lengths_N`, longest first: what does not fit into memory fails at once, and the short
    batches at the end even out the load between threads. The last of one length may name its last text several times.
    """
    if token_budget < 1:
        raise ValueError(f"token_budget is {token_budget}; it must be at least 1")
    order_N = np.argsort(-lengths_N, kind="stable")
    sorted_N = lengths_N[order_N]
    borders = np.flatnonzero(np.diff(sorted_N)) + 1
    for bucket in np.split(order_N, borders):
        if len(bucket):
            yield from _of_few_sizes(bucket, max(1, token_budget // max(1, int(lengths_N[bucket[0]]))))


def _of_few_sizes(bucket: NDArray[np.int64], full: int) -> Iterator[NDArray[np.int64]]:
    start = 0
    while left := len(bucket) - start:
        size = min(full, 1 << (left - 1).bit_length())
        if left < FILLED * size:
            size = 1 << (left.bit_length() - 1)
        batch = bucket[start : start + size]
        yield np.pad(batch, (0, size - len(batch)), "edge")
        start += len(batch)
