"""Plain text, a line at a time."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.files.lines import read_lines


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"one", ["one"]),
        (b"one\n\ntwo\r\n", ["one", "", "two"]),
        (b"\xef\xbb\xbfmark\n", ["mark"]),
        ("a\u2028b\x0bc\x85d\n".encode(), ["a\u2028b\x0bc\x85d"]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_lines_end_at_line_feeds_only(tmp_path: Path, content: bytes, lines: list[str], packed: bool) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(gzip.compress(content) if packed else content)
    assert list(read_lines(path)) == lines


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"fine\nbad \xff\n", "line 2: bad UTF-8 at column 5"),
        (b"a\0b\n", "line 1: NUL byte at column 2"),
        ("wide".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_no_text_is_refused_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        list(read_lines(path))
    assert words in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        list(read_lines(tmp_path / "none.txt"))


def test_standard_input() -> None:
    script = "from aisle.files.lines import read_lines; print(list(read_lines('-')))"
    done = subprocess.run([sys.executable, "-c", script], input=b"a\nb\n", capture_output=True, check=True, timeout=60)
    assert done.stdout.strip() == b"['a', 'b']"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.text(st.characters(exclude_characters="\0\r\n\ufeff", exclude_categories=["Cs"])), max_size=9))
def test_written_lines_are_read_back(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    assert list(read_lines(path)) == lines
