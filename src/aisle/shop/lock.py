"""Locks between processes. The operating system frees them when the holder ends, also when it is killed."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from aisle.errors import AisleError, BusyError
from aisle.files.atomic import write_error
from aisle.json_text import from_json

_TRIES = 5
_PAUSE_SECONDS = 0.01


@contextmanager
def held_lock(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file at `path` during the block; the file stays, only the lock goes.

    Raises `BusyError`, with the holder's process id and since when, if another process (or another part of this one)
    holds it and `wait` is off. `what` names the work in that message. A child that is forked inherits the lock.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        raise write_error(path, error) from None
    try:
        try:
            _take(handle, wait)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise BusyError(f"{what} is running already{_holder(path)}; wait until it is done") from None
            raise AisleError(f"{path}: cannot be locked ({error.strerror}); use a local disk") from None
        _sign(handle, path)
        try:
            yield
        finally:
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether anybody holds the lock file at `path` now."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _take(handle: int, wait: bool) -> None:
    # `is_held` takes the lock for an instant to look: one refusal proves nothing.
    for _ in range(0 if wait else _TRIES):
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
    return fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sign(handle: int, path: Path) -> None:
    signature = json.dumps({"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")})
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, signature.encode(), 0)
    except OSError as error:
        raise write_error(path, error) from None


def _holder(path: Path) -> str:
    try:
        holder = from_json(path.read_text())
        return f" (process {int(holder['pid'])}, since {holder['since']})"
    except (OSError, ValueError, TypeError, KeyError):
        return ""  # it signs a moment after it locks
