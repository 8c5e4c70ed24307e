"""Locks between processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aisle.errors import AisleError, BusyError
from aisle.shop.lock import held_lock, is_held

HOLD = """
import sys, time
from pathlib import Path
from aisle.shop.lock import held_lock
with held_lock(Path(sys.argv[1]), "a build"):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_second_is_told_who_holds_the_lock_and_since_when(tmp_path: Path) -> None:
    path = tmp_path / "build.lock"
    holder = subprocess.Popen([sys.executable, "-c", HOLD, path], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert is_held(path)
        since = json.loads(path.read_text())["since"]
        with pytest.raises(BusyError) as caught, held_lock(path, "a build of shop"):
            pass
        assert f"a build of shop is running already (process {holder.pid}, since {since})" in str(caught.value)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert not is_held(path)
        with held_lock(path, "a build"):
            assert json.loads(path.read_text())["pid"] == os.getpid()
    finally:
        holder.kill()
        holder.wait()
        assert holder.stdout is not None
        holder.stdout.close()


def test_two_parts_of_one_process_exclude_each_other(tmp_path: Path) -> None:
    path = tmp_path / "build.lock"
    with held_lock(path, "a build"):
        with pytest.raises(BusyError), held_lock(path, "a build"):
            pass
        assert is_held(path)
    assert not is_held(path)
    with held_lock(path, "a build"):
        pass


def test_a_failing_block_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "build.lock"
    with pytest.raises(ZeroDivisionError), held_lock(path, str(1 / 1)):
        path.write_text(str(1 / 0))
    assert not is_held(path)
    assert path.read_text() == ""


def test_waiting_for_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "swap.lock"
    order: list[str] = []

    def second() -> None:
        with held_lock(path, "a swap", wait=True):
            order.append("second")

    with held_lock(path, "a swap"):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_place_where_no_lock_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "build.lock", tmp_path / "none" / "build.lock"):
        with pytest.raises(AisleError, match="cannot be written"), held_lock(path, "a build"):
            pass
        assert not is_held(path)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AisleError), held_lock(tmp_path / "link", "a build"):
        pass
    assert not (tmp_path / "elsewhere").exists()
