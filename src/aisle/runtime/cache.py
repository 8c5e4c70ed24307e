"""Where this machine keeps what it worked out about an encoder: rounding plans and compiled graphs.

Everything in it can be deleted at any time and is worked out again. Whoever trains encoders makes new graphs with each
of them, so what was not used for longest goes when the directory has grown too large.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 2 * 1024**3
"""What the directory may hold; room for about fifty encoders of MiniLM's size."""


def cache_directory() -> Path | None:
    """`$AISLE_CACHE`, else `aisle` in the user's cache directory; None where it cannot be written."""
    given = os.environ.get("AISLE_CACHE")
    base = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "aisle"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return base if os.access(base, os.W_OK) else None


def trim(directory: Path, most_bytes: int = MOST_BYTES) -> int:
    """Delete the files that were not read or written for longest, until the rest fits; how many were deleted.

    Where a file system does not note when a file was read, those go that were written longest ago.
    """
    files = []
    with suppress(OSError), os.scandir(directory) as entries:
        for entry in entries:
            # Another process may trim at the same time.
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False):
                    facts = entry.stat(follow_symlinks=False)
                    files.append((max(facts.st_atime, facts.st_mtime), facts.st_size, entry.path))
    room, deleted = most_bytes, 0
    for _, size, path in sorted(files, reverse=True):
        room -= size
        if room < 0:
            with suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - scandir gives texts
                deleted += 1
    return deleted
