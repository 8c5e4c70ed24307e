"""A version being built, and the steps that make it durable before anybody can see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from aisle.errors import DamagedError
from aisle.files.atomic import fsync_directory, fsync_file, write_error
from aisle.shop.manifest import make_manifest, write_manifest

STAGING_PREFIX = ".staging-"


class Staging:
    """The directory of a build. Nothing in it is seen by anybody until `publish`."""

    def __init__(self, versions: Path, number: int, take_live: Callable[[int], None]) -> None:
        self.number = number
        """The number the version will have."""
        self.directory = versions / f"{STAGING_PREFIX}{number}"
        """Where its files go; subdirectories are fine."""
        self._final = versions / str(number)
        self._take_live = take_live

    def publish(self, facts: Mapping[str, Any]) -> int:
        """Write the manifest, make every file durable, and take the version live; its number.

        `facts` are remembered in the manifest and must be JSON. Raises `DamagedError` for an empty version and
        `AisleError` for a full disk; the live version then stays what it was.
        """
        assert self.directory.is_dir(), "published already"
        manifest = make_manifest(self.directory, facts)
        if not manifest.files:
            raise DamagedError(f"{self.directory}: the build made no files, so there is nothing to publish")
        try:
            write_manifest(self.directory, manifest)
            _make_durable(self.directory)
            self.directory.rename(self._final)
            fsync_directory(self._final.parent)
        except OSError as error:
            raise write_error(self._final, error) from None
        self._take_live(self.number)
        return self.number


def _make_durable(directory: Path) -> None:
    folders = [directory]
    for path in directory.rglob("*"):
        if path.is_dir():
            folders.append(path)
        else:
            fsync_file(path)
    for folder in reversed(folders):
        fsync_directory(folder)
