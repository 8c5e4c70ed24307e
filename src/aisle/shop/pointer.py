"""The `live` file of a shop: the number of the live version, and below it those that were live before, newest first.

One `os.replace` swaps it, so that a reader sees the old list or the new one. It holds numbers and nothing else: no
content of it can name a place outside the shop.
"""

from __future__ import annotations

import re
from pathlib import Path

from aisle.errors import DamagedError
from aisle.files.atomic import write_atomic

POINTER_FILE = "live"
_NUMBERS = re.compile(r"(?:[1-9][0-9]{0,8}\n)+")
_LONGEST = 10_000
_REMEMBERED = 500


def read_pointer(shop_dir: Path) -> list[int]:
    """Numbers of the live version and the ones before it; empty where nothing was published yet.

    Raises `DamagedError` if the file holds anything else.
    """
    path = shop_dir / POINTER_FILE
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DamagedError(f"{path}: cannot be read ({error.strerror})") from None
    if len(content) > _LONGEST or not _NUMBERS.fullmatch(content.decode("latin-1")):
        raise DamagedError(f"{path}: is damaged; it must hold numbers of versions, one a line; a new build replaces it")
    return [int(line) for line in content.split()]


def write_pointer(shop_dir: Path, numbers: list[int]) -> None:
    """Take the first of `numbers` live and remember the next ones, each once, as far as anybody would go back."""
    assert numbers, "a pointer cannot point at nothing"
    remembered = list(dict.fromkeys(numbers))[:_REMEMBERED]
    write_atomic(shop_dir / POINTER_FILE, "".join(f"{number}\n" for number in remembered))
