"""Memory that a step has freed stays with the process, for the next step to take.

glibc hands every large block back to the kernel when it is freed, and gets it back page by page, each cleared first. A
training step frees and takes the same large blocks again and again: that was up to a tenth of its time.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
_NEVER = 2**31 - 1


def keep_freed_memory() -> None:
    """Ask the C library for it, for as long as the process lives. Elsewhere than with glibc this does nothing."""
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        # No block is mapped on its own, and the heap is not trimmed.
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, _NEVER)
