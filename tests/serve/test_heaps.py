"""The threads of a server share few heaps of the C library."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from aisle.serve.heaps import HEAPS

# Threads that hold what they allocate at the same time, and how many heaps that took by the C library's own account.
SCRIPT = """
import ctypes, sys, tempfile, threading
from aisle.serve.heaps import share_heaps
if sys.argv[1] == "shared":
    print(share_heaps())
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
together = threading.Barrier(6)
def allocate():
    together.wait()
    for _ in range(100):
        libc.malloc(5000)
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with tempfile.NamedTemporaryFile() as told:
    file = ctypes.c_void_p(libc.fopen(told.name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(told.read().count(b"<heap nr="))
"""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")


def told(how: str, **variables: str) -> list[str]:
    plain = {name: value for name, value in os.environ.items() if name not in ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], capture_output=True, text=True, check=True, env={**plain, **variables}
    )
    return done.stdout.split()


def test_threads_share_them() -> None:
    assert int(told("as it is")[0]) > HEAPS
    assert told("shared") == ["True", str(HEAPS)]


def test_who_set_their_number_is_not_overruled() -> None:
    done, heaps = told("shared", MALLOC_ARENA_MAX="4")
    assert done == "False"
    assert int(heaps) == 4
