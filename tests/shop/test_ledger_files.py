"""Ledger files that are missing, foreign, newer, damaged, locked, or on a full or read-only disk."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from aisle.errors import AisleError, BusyError, DamagedError, UserError
from aisle.shop import database
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product


def filled(path: Path, count: int = 2_000) -> Path:
    with Ledger.create(path) as ledger:
        ledger.upsert_products(Product(product_id=f"{n:05}", title=f"product {n}" * 10) for n in range(count))
    return path


def test_a_new_ledger_is_one_file(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.sqlite")
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.sqlite"]
    with Ledger.open(path) as ledger:
        assert ledger.count_products() == 2_000
        assert ledger.verify() == []


def test_creating_over_a_file_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.sqlite", 3)
    with pytest.raises(UserError, match="there is a file already"):
        Ledger.create(path)
    with Ledger.open(path) as ledger:
        assert ledger.count_products() == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["ledger.sqlite"]


@pytest.mark.parametrize("read_only", [False, True])
def test_a_missing_ledger_says_how_to_make_one(tmp_path: Path, read_only: bool) -> None:
    with pytest.raises(UserError, match="aisle shop create SHOP --catalogue FILE"):
        Ledger.open(tmp_path / "none.sqlite", read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_sqlite_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_text("product_id,title\n")
    with pytest.raises(UserError, match="is not a ledger"):
        Ledger.open(path)
    assert path.read_text() == "product_id,title\n"
    path.write_bytes(b"")
    with pytest.raises(DamagedError, match="0 bytes"):
        Ledger.open(path)
    with pytest.raises(UserError, match="cannot be read"):
        Ledger.open(tmp_path)


def test_the_sqlite_file_of_another_program_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="another program"):
        Ledger.open(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["other.sqlite"]


def test_a_ledger_of_a_newer_aisle_is_refused(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.sqlite", 1)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(UserError, match=r"newer aisle \(ledger layout 99; this one knows 1\); upgrade aisle"):
        Ledger.open(path)


def problems_of(path: Path) -> list[str]:
    try:
        with Ledger.open(path) as ledger:
            return ledger.verify()
    except DamagedError as error:
        return [str(error)]


def test_damaged_pages_are_found_by_verify_and_by_reading(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.sqlite")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 4096 * 4096
    data[middle : middle + 16_384] = b"\xa5" * 16_384
    path.write_bytes(data)
    assert problems_of(path)
    with Ledger.open(path) as ledger, pytest.raises(DamagedError, match="restore it from a backup"):
        list(ledger.products())


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_truncated_ledger_is_damaged(tmp_path: Path, share: float) -> None:
    path = filled(tmp_path / "ledger.sqlite")
    os.truncate(path, int(path.stat().st_size * share))
    problems = problems_of(path)
    assert problems
    assert all(str(path) in problem for problem in problems)


def test_a_ledger_locked_for_long_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    path = filled(tmp_path / "ledger.sqlite", 1)
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with Ledger.open(path) as ledger:
        with pytest.raises(BusyError, match="another process is writing"):
            ledger.delete_product("00000")
        assert ledger.count_products() == 1
        blocker.execute("ROLLBACK")
        assert ledger.delete_product("00000")
    blocker.close()


def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.sqlite", 1)
    blocker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.2, lambda: blocker.execute("ROLLBACK"))
    release.start()
    with Ledger.open(path) as ledger:
        assert ledger.delete_product("00000")
    release.join()
    blocker.close()


def run(script: str, *arguments: str | Path, limit: int | None = None) -> str:
    def prepare() -> None:
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        preexec_fn=prepare,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


LOAD = """
import sys
from aisle.errors import AisleError
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
try:
    with Ledger.open(sys.argv[1]) as ledger:
        ledger.upsert_products(Product(product_id=f"n{n}", title="x" * 500) for n in range(20_000))
except AisleError as error:
    print(type(error).__name__, error)
"""


def test_a_file_that_cannot_grow_keeps_the_state_before_the_load(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.sqlite", 10)
    said = run(LOAD, path, limit=1_000_000)
    assert said.startswith("AisleError")
    assert "nothing of this was kept" in said
    with Ledger.open(path) as ledger:
        assert ledger.count_products() == 10
        assert ledger.verify() == []


def test_a_full_disk_keeps_the_state_before_the_load(tmp_path: Path) -> None:
    """The disk is a file system of two megabytes, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this process may not mount a small file system")
    try:
        path = filled(disk / "ledger.sqlite", 10)
        said = run(LOAD, path)
        assert said.startswith("AisleError")
        assert "room" in said or "full" in said
        with Ledger.open(path) as ledger:
            assert ledger.count_products() == 10
            assert ledger.verify() == []
    finally:
        subprocess.run(["umount", disk], check=True)


AS_NOBODY = """
import os, sys
from aisle.errors import AisleError
from aisle.shop.ledger import Ledger
from aisle.shop.product import Product
os.chdir(sys.argv[1]); os.setgid(65534); os.setuid(65534)
with Ledger.open("ledger.sqlite", read_only=True) as ledger:
    print(ledger.count_products())
for act in (lambda: Ledger.open("ledger.sqlite").delete_product("00000"), lambda: Ledger.create("new.sqlite")):
    try:
        act()
    except AisleError as error:
        print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_read_only_shop_can_be_read_and_writing_is_a_clear_error() -> None:
    # Not under tmp_path: another user may not pass through the directories above it.
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        filled(place / "ledger.sqlite", 3)
        count, opened, created = run(AS_NOBODY, place).splitlines()
        assert sorted(entry.name for entry in place.iterdir()) == ["ledger.sqlite"]
    assert count == "3"
    assert opened.startswith("UserError ledger.sqlite: the ledger")
    assert created.startswith("UserError new.sqlite: the ledger cannot be opened")


def test_a_file_in_place_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "shop").write_text("")
    with pytest.raises(AisleError, match="shop"):
        Ledger.create(tmp_path / "shop" / "ledger.sqlite")


def test_a_copied_directory_is_a_whole_shop(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    filled(tmp_path / "shop" / "ledger.sqlite", 5)
    shutil.copytree(tmp_path / "shop", tmp_path / "copy")
    with Ledger.open(tmp_path / "copy" / "ledger.sqlite") as ledger:
        assert ledger.count_products() == 5
