"""Where this machine keeps what it worked out about an encoder: rounding plans and compiled graphs.

Everything in it can be deleted at any time and is worked out again.
"""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory() -> Path | None:
    """`$AISLE_CACHE`, else `aisle` in the user's cache directory; None where it cannot be written."""
    given = os.environ.get("AISLE_CACHE")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "aisle"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return base if os.access(base, os.W_OK) else None
