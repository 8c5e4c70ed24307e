"""Which texts are computed together.

Texts of exactly the same number of tokens share a batch, so that no padding is ever computed and no mask is needed;
a text's vector then cannot depend on its neighbours either. SBERT's smart batching (arXiv 1908.10084, section 7)
sorts by length and still pads; with texts as short as product names the padding left is worth avoiding.

A graph meets few shapes, because OpenVINO makes kernels for each, which takes as long as five short texts and keeps
a megabyte or two. So a batch of one length is full, or a quarter of that, or a single text.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SINGLES = 3
"""Where this many times the texts left would still fit into a quarter, they go one by one."""


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
    quarter = max(1, full // 4)
    start = 0
    while left := len(bucket) - start:
        size = full if left >= full else quarter if left > 1 and left * SINGLES > quarter else 1
        batch = bucket[start : start + size]
        yield np.pad(batch, (0, size - len(batch)), "edge")
        start += len(batch)
