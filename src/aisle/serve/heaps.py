"""Few heaps for many threads.

The C library gives each thread a heap of its own, up to eight a core, and what is free in one of them serves no other
thread. A server's threads take turns: its heaps grew to 150 MB, of which 60 were free (docs/reliability.md).
"""

from __future__ import annotations

import ctypes
import os
import platform

HEAPS = 2
"""Most of the work is done by one thread at a time."""
_M_ARENA_MAX = -8  # <malloc.h>


def share_heaps() -> bool:
    """Let all threads to come share `HEAPS` heaps; False where the C library is another one, or was told by its user.

    For the process that serves, before it starts threads.
    """
    told = "MALLOC_ARENA_MAX" in os.environ or "glibc.malloc.arena_max" in os.environ.get("GLIBC_TUNABLES", "")
    if told or platform.libc_ver()[0] != "glibc":
        return False
    return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, HEAPS))
