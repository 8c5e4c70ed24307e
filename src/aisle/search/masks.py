"""Which products a request may find, remembered for filters that come again.

Legend: N products of all segments.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from aisle.search.filter_syntax import parse_filter
from aisle.search.filters import carried_by, passing
from aisle.search.request import SearchRequest
from aisle.search.segments import Segments
from aisle.text.words import normalize

_BYTES = 4_000_000


class Masks:
    """Masks of one index, whose products never change."""

    def __init__(self, segments: Segments, gone: frozenset[int]) -> None:
        self._segments = segments
        self._size = len(segments)
        self._here_N = np.ones(self._size, np.bool_)
        self._here_N[list(gone)] = False
        self._any_gone = bool(gone)
        self._stores = {normalize(store) for segment in segments for store in segment.columns.stores}
        self._most = max(4, _BYTES // max(1, self._size))
        self._kept: OrderedDict[tuple[str, str], NDArray[np.bool_]] = OrderedDict()
        self._lock = threading.Lock()

    def allowed(self, expression: str, store: str) -> NDArray[np.bool_] | None:
        """The products that pass the filter, are carried by the store (empty: any), and are not deleted; None for all.

        Raises UserError for a filter that cannot be understood.
        """
        if not expression.strip() and not store:
            return self._here_N if self._any_gone else None
        key = (expression, store)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        allowed_N = self._evaluate(expression, store)
        allowed_N.flags.writeable = False
        with self._lock:
            self._kept[key] = allowed_N
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return allowed_N

    def notes(self, request: SearchRequest) -> list[str]:
        """What the person asking should know of the store."""
        if request.store and normalize(request.store) not in self._stores:
            return [f'no product names the store "{request.store}"; shown is what every store carries']
        return []

    def _evaluate(self, expression: str, store: str) -> NDArray[np.bool_]:
        condition = parse_filter(expression)
        allowed_N = self._here_N.copy()
        for segment, span in self._segments.spans():
            part = allowed_N[span]
            if condition is not None:
                part &= passing(condition, segment.columns, segment.inverted)
            if store:
                part &= carried_by(store, segment.columns)
        return allowed_N
