"""Writing in one step, checksums, and what a full disk or a forbidden place says."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aisle.errors import AisleError, UserError
from aisle.files.atomic import atomic_file, fsync_directory, fsync_file, write_atomic, write_error
from aisle.files.checksums import sha256_file, sha256_text


def test_a_file_is_written_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, "first é")
    assert path.read_text(encoding="utf-8") == "first é"
    write_atomic(path, b"\x00second")
    assert path.read_bytes() == b"\x00second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_failing_block_leaves_the_old_file_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, "old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as file:
        file.write(bytes(1 // 0))
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_file_in_place_of_a_directory_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        write_atomic(tmp_path / "file" / "inside", "x")
    with pytest.raises(UserError, match="cannot be written"):
        write_atomic(tmp_path / "none" / "inside", "x")


def test_a_full_disk_is_no_mistake_of_the_user() -> None:
    error = write_error(Path("x"), OSError(errno.ENOSPC, "No space left on device"))
    assert type(error) is AisleError
    assert "free some space" in str(error)
    assert isinstance(write_error(Path("x"), OSError(errno.EROFS, "Read-only file system")), UserError)
    assert type(write_error(Path("x"), OSError(errno.EIO, "Input/output error"))) is AisleError


def test_a_real_write_past_the_limit_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, "old")
    script = (
        "import sys; from pathlib import Path; from aisle.errors import AisleError\n"
        "from aisle.files.atomic import write_atomic\n"
        "try:\n    write_atomic(Path(sys.argv[1]), b'x' * 1_000_000)\nexcept AisleError as error:\n    print(error)"
    )

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))

    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        preexec_fn=limit,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "no room left" in done.stdout
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_read_only_directory_is_a_clear_error_for_an_ordinary_user(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir(mode=0o755)
    script = (
        "import os, sys; from pathlib import Path; from aisle.errors import UserError\n"
        "from aisle.files.atomic import write_atomic\n"
        "os.chdir(sys.argv[1]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n    write_atomic(Path('file'), 'x')\nexcept UserError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(place)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Permission denied" in done.stdout
    assert "choose a directory that you may write to" in done.stdout


def test_checksums_are_those_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes("naïve".encode() * 100_000)
    assert sha256_file(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert sha256_text("naïve") == hashlib.sha256("naïve".encode()).hexdigest()


def test_syncing_works_on_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    fsync_file(tmp_path / "file")
    fsync_directory(tmp_path)
