"""The file that names the live version: read exactly, or called damaged."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import DamagedError
from aisle.shop.pointer import POINTER_FILE, read_pointer, write_pointer

each = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


@each
@given(content=st.binary(max_size=30) | st.text("0123456789\n", max_size=30).map(str.encode))
def test_whatever_the_file_holds_it_is_numbers_or_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / POINTER_FILE).write_bytes(content)
    try:
        numbers = read_pointer(tmp_path)
    except DamagedError:
        return
    assert "".join(f"{number}\n" for number in numbers).encode() == content


@each
@given(numbers=st.lists(st.integers(1, 999_999_999), min_size=1, max_size=20))
def test_what_is_written_is_read_back_each_number_once(tmp_path: Path, numbers: list[int]) -> None:
    write_pointer(tmp_path, numbers)
    assert read_pointer(tmp_path) == list(dict.fromkeys(numbers))
