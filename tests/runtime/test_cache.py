"""The cache keeps what was used last, and never more than it may."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aisle.runtime.cache import cache_directory, trim


def written(directory: Path, *sizes: int) -> list[Path]:
    """Files of these sizes, the first of them used longest ago."""
    files = [directory / f"{number}.blob" for number in range(len(sizes))]
    for number, (file, size) in enumerate(zip(files, sizes, strict=True)):
        file.write_bytes(b"x" * size)
        os.utime(file, (1000 + number, 500))
    return files


def test_what_was_used_last_stays(tmp_path: Path) -> None:
    oldest, middle, latest = written(tmp_path, 40, 30, 30)
    assert trim(tmp_path, 100) == 0
    assert trim(tmp_path, 65) == 1
    assert not oldest.exists()
    assert middle.exists()
    os.utime(middle, (9000, 9000))
    assert trim(tmp_path, 35) == 1
    assert middle.exists()
    assert not latest.exists()


def test_directories_and_links_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "large").write_bytes(b"x" * 100)
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "large")
    assert trim(tmp_path, 10) == 0
    assert (tmp_path / "link").read_bytes()


def test_a_missing_directory_has_nothing_to_trim(tmp_path: Path) -> None:
    assert trim(tmp_path / "none", 10) == 0


def test_where_it_is_can_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "mine"))
    assert cache_directory() == tmp_path / "mine"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AISLE_CACHE", str(tmp_path / "file" / "below"))
    assert cache_directory() is None
