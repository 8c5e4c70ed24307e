"""Built versions of a shop: made beside the live one, taken live by one atomic swap, rolled back the same way.

ledger.sqlite          the truth (aisle.shop.ledger)
live                   numbers of the live version and of those before it
versions/3/            one version: files and manifest.json; never changed once it is there
versions/.staging-4/   a build at work, or what a killed one left behind
build.lock, swap.lock  held by one process at a time
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from aisle.errors import DamagedError, UserError
from aisle.files.atomic import write_error
from aisle.shop.lock import held_lock, is_held
from aisle.shop.manifest import Manifest, damaged, missing_or_resized, read_manifest
from aisle.shop.pointer import POINTER_FILE, read_pointer, write_pointer
from aisle.shop.staging import STAGING_PREFIX, Staging

__all__ = ["Staging", "Version", "Versions"]

_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_TRASH_PREFIX = ".trash-"
_WRITE_FAILURES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}


@dataclass(frozen=True, slots=True)
class Version:
    """One version whose manifest was read and fits its files' names and sizes."""

    number: int
    directory: Path
    manifest: Manifest


class Versions:
    """The versions in a shop's directory. Holds nothing open; any number of processes may look on."""

    def __init__(self, shop_dir: str | Path) -> None:
        self.shop_dir = Path(shop_dir)
        self.directory = self.shop_dir / "versions"
        self._build_lock = self.shop_dir / "build.lock"
        self._swap_lock = self.shop_dir / "swap.lock"
        self._building = False

    @contextmanager
    def begin(self) -> Iterator[Staging]:
        """A build: put files into `Staging.directory`, then call `Staging.publish`.

        What is not published when the block ends is removed. Raises `BusyError` while another build is at work.
        Left-overs of killed builds are cleared away first.
        """
        with self._build():
            try:
                self.directory.mkdir(exist_ok=True)
                self._clear_leftovers()
                staging = Staging(self.directory, self._next_number(), self._publish)
                staging.directory.mkdir()
            except OSError as error:
                raise write_error(self.directory, error) from None
            try:
                yield staging
            except OSError as error:
                if error.errno in _WRITE_FAILURES:
                    raise write_error(Path(error.filename or staging.directory), error) from error
                raise
            finally:
                shutil.rmtree(staging.directory, ignore_errors=True)

    def live(self) -> Version | None:
        """The version to serve from; None before the first. Raises `DamagedError` if it cannot be served."""
        numbers = read_pointer(self.shop_dir)
        if not numbers:
            return None
        try:
            return self._open(numbers[0])
        except DamagedError as error:
            raise DamagedError(
                f"the live version {numbers[0]} is damaged: {error}; "
                f"build again (aisle shop build {self.shop_dir}) or go back (aisle shop rollback {self.shop_dir})"
            ) from None

    def all(self) -> list[Version]:
        """The versions that could be served, oldest first; a damaged one is left to `verify` to name."""
        found = []
        for number in self._numbers():
            try:
                found.append(self._open(number))
            except DamagedError:
                continue
        return found

    def rollback(self) -> Version:
        """Take the version that was live before live again, skipping damaged ones; the one left is not returned to.

        Every file of it is read and checked first. Raises `UserError` if there is none.
        """
        self._need_shop()
        with held_lock(self._swap_lock, "a swap of versions", wait=True):
            numbers = read_pointer(self.shop_dir)
            skipped = []
            for place, number in enumerate(numbers[1:], 1):
                try:
                    version = self._open(number)
                    problems = damaged(version.directory, version.manifest)
                except DamagedError as error:
                    problems = [str(error)]
                if not problems:
                    write_pointer(self.shop_dir, numbers[place:])
                    return version
                skipped.append(problems[0])
            reason = f" ({'; '.join(skipped)})" if skipped else ""
            raise UserError(f"{self.shop_dir}: there is no earlier version to go back to{reason}; build a new one")

    def verify(self) -> list[str]:
        """Problems found by reading every file of every version; empty if all is sound.

        What a killed build left behind is no problem (see `leftovers`): nothing reads it and the next build clears it.
        """
        problems = []
        try:
            numbers = read_pointer(self.shop_dir)
        except DamagedError as error:
            return [str(error)]
        there = self._numbers()
        pointer = self.shop_dir / POINTER_FILE
        problems += [
            f"{pointer}: names version {number}, which is not there" for number in numbers if number not in there
        ]
        for number in there:
            directory = self.directory / str(number)
            try:
                problems += damaged(directory, read_manifest(directory))
            except DamagedError as error:
                problems.append(str(error))
        return problems

    def leftovers(self) -> list[Path]:
        """Directories and files that a killed build or swap left behind; empty while a build is at work."""
        if is_held(self._build_lock):
            return []
        return self._leftovers()

    def prune(self, keep: int) -> list[int]:
        """Delete old versions until `keep` are left, the live one and those last live before it; the numbers deleted.

        Raises `BusyError` while another build is at work; inside an own `begin` block it goes along with the build.
        """
        if keep < 1:
            raise UserError(f"keep is {keep}; at least 1 version, the live one, must be kept")
        self._need_shop()
        with nullcontext() if self._building else self._build():
            there = self._numbers()
            with held_lock(self._swap_lock, "a swap of versions", wait=True):
                history = [number for number in read_pointer(self.shop_dir) if number in there]
                if not history:
                    return []
                # First those that were live, latest first, then those that never were, newest first.
                order = [*history, *(number for number in reversed(there) if number not in history)]
                write_pointer(self.shop_dir, [number for number in history if number in order[:keep]])
            for number in order[keep:]:
                try:
                    # A rename takes it away whole; a kill in the middle of deleting leaves no half version.
                    (self.directory / str(number)).rename(self.directory / f"{_TRASH_PREFIX}{number}")
                except OSError as error:
                    raise write_error(self.directory / str(number), error) from None
                shutil.rmtree(self.directory / f"{_TRASH_PREFIX}{number}", ignore_errors=True)
            return sorted(order[keep:])

    @contextmanager
    def _build(self) -> Iterator[None]:
        with held_lock(self._build_lock, f"a build of {self.shop_dir}"):
            self._building = True
            try:
                yield
            finally:
                self._building = False

    def _publish(self, number: int) -> None:
        with held_lock(self._swap_lock, "a swap of versions", wait=True):
            write_pointer(self.shop_dir, [number, *self._history()])

    def _open(self, number: int) -> Version:
        directory = self.directory / str(number)
        if directory.is_symlink() or not directory.is_dir():
            raise DamagedError(f"{directory}: is not there")
        manifest = read_manifest(directory)
        problems = missing_or_resized(directory, manifest)
        if problems:
            raise DamagedError("; ".join(problems[:3]))
        return Version(number, directory, manifest)

    def _numbers(self) -> list[int]:
        if not self.directory.is_dir():
            return []
        names = [entry.name for entry in self.directory.iterdir()]
        return sorted(int(name) for name in names if _NUMBER.fullmatch(name))

    def _next_number(self) -> int:
        return max([0, *self._numbers(), *self._history()]) + 1

    def _history(self) -> list[int]:
        try:
            return read_pointer(self.shop_dir)
        except DamagedError:
            return []  # `live` and `verify` say so; a build is the way out and must not fail over it

    def _leftovers(self) -> list[Path]:
        found = [path for prefix in (STAGING_PREFIX, _TRASH_PREFIX) for path in self.directory.glob(f"{prefix}*")]
        return sorted([*found, *self.shop_dir.glob(f".{POINTER_FILE}.*.tmp")])

    def _clear_leftovers(self) -> None:
        for path in self._leftovers():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _need_shop(self) -> None:
        if not self.shop_dir.is_dir():
            raise UserError(f"{self.shop_dir}: is not a shop; make one with: aisle shop create {self.shop_dir}")
