"""Opening what a user named: a file, a gzip file, or standard input, as bytes and as numbered lines of text."""

from __future__ import annotations

import codecs
import errno
import gzip
import io
import os
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from aisle.errors import AisleError, UserError

STDIN = "-"
MAX_LINE_BYTES = 16 * 1024 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_BUFFER = 1 << 18


class Line(NamedTuple):
    """One physical line of a text file."""

    number: int
    """Counted from 1."""
    text: str
    """Decoded, line end included; bytes that are not UTF-8 appear as \\xNN."""
    problem: str
    """Empty, or why the line cannot be used."""


def shown_name(path: str | Path) -> str:
    """The name of an input as messages show it."""
    return "standard input" if str(path) == STDIN else str(path)


@contextmanager
def open_input(path: str | Path) -> Iterator[BinaryIO]:
    """The bytes of a file or of standard input (`-`), unpacked where they are gzip.

    Everything that goes wrong while opening or reading, a gzip file that ends early included, becomes a `UserError`
    that names the file.
    """
    name = shown_name(path)
    try:
        if str(path) == STDIN:
            yield _unpacked(sys.stdin.buffer, name, named_gzip=False)
        else:
            _refuse_directory(path)
            with io.BufferedReader(DroppableFile(path, "rb"), _BUFFER) as file:
                yield _unpacked(file, name, named_gzip=str(path).lower().endswith(".gz"))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(
            f"{name}: the gzip data is cut short or damaged ({error}); make or fetch the file again"
        ) from None
    except FileNotFoundError:
        raise UserError(f"{name}: there is no such file") from None
    except OSError as error:
        if error.errno == errno.EIO:
            raise AisleError(f"{name}: the disk could not be read ({error.strerror})") from None
        raise UserError(f"{name}: cannot be read ({error.strerror or error}); give a readable file") from None


class DroppableFile(io.FileIO):
    """A file that closes without a word when whoever read it is dropped half-way.

    A reader that stops at an error is often part of a cycle (error, traceback, frame), and the collector may come to
    the file before it comes to the generator that would close it; a plain file warns then.
    """

    def __del__(self) -> None:
        self.close()

    def _dealloc_warn(self, source: object) -> None:
        """Asked by the buffer around the file."""


def _refuse_directory(path: str | Path) -> None:
    if os.path.isdir(path):  # noqa: PTH112 - the path may be a plain str
        raise UserError(f"{path}: is a directory; give a file")


def _unpacked(file: BinaryIO, name: str, *, named_gzip: bool) -> BinaryIO:
    buffered = cast(io.BufferedReader, file)
    start = buffered.peek(2)[:2]
    if start == _GZIP_MAGIC:
        return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=buffered)), _BUFFER))
    if named_gzip and start:
        raise UserError(f"{name}: is named .gz but does not hold gzip data; rename it or compress it")
    return file


def numbered_lines(stream: BinaryIO, name: str) -> Iterator[Line]:
    """The physical lines of UTF-8 text, a byte order mark at the start dropped.

    A line that cannot be used (bad UTF-8, a NUL byte, more than `MAX_LINE_BYTES`) is yielded with its problem; reading
    goes on with the next one. UTF-16 is a `UserError`.
    """
    number = 0
    while raw := stream.readline(MAX_LINE_BYTES):
        number += 1
        if number == 1:
            raw = _without_mark(raw, name)
        if len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n"):
            _skip_rest_of_line(stream)
            start = raw[:1000].decode(errors="backslashreplace")
            yield Line(number, start, f"the line is longer than {MAX_LINE_BYTES:,} bytes")
            continue
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            column = len(raw[: error.start].decode()) + 1
            text = raw.decode(errors="backslashreplace")
            yield Line(number, text, f"bad UTF-8 at column {column} (byte 0x{raw[error.start]:02x})")
            continue
        nul = text.find("\0")
        yield Line(number, text, f"NUL byte at column {nul + 1}" if nul >= 0 else "")


def _without_mark(raw: bytes, name: str) -> bytes:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UserError(f"{name}: is UTF-16 text; save it as UTF-8")
    return raw.removeprefix(codecs.BOM_UTF8)


def _skip_rest_of_line(stream: BinaryIO) -> None:
    while (more := stream.readline(MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass
