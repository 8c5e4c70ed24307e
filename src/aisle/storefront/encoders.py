"""The encoders that a shop's versions were built with, kept inside the shop's directory.

A shop can then be copied to another machine, and an old version still finds the encoder that made its vectors.
"""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from functools import cached_property
from pathlib import Path

from aisle.errors import DamagedError
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.towers import Towers


def encoder_directory(shop: Path, fingerprint: str) -> Path:
    """Where the shop keeps the encoder of this fingerprint."""
    return shop / "encoders" / fingerprint[:16]


def keep_encoder(shop: Path, encoder: Towers) -> None:
    """Copy the files of both towers into the shop, once; complete or not at all."""
    target = encoder_directory(shop, encoder.fingerprint)
    if target.is_dir():
        return
    target.parent.mkdir(exist_ok=True)
    for leftover in target.parent.glob(".copying-*"):
        shutil.rmtree(leftover)
    copying = target.parent / f".copying-{uuid.uuid4().hex}"
    encoder.copy_files(copying)
    for path in copying.rglob("*"):
        if path.is_file():
            _flush(path)
    copying.rename(target)
    _flush(target.parent)


def open_encoder(shop: Path, fingerprint: str) -> Towers:
    """Load the encoder that made a version's vectors; DamagedError if the files are another's."""
    directory = encoder_directory(shop, fingerprint)
    if not directory.is_dir():
        raise DamagedError(f"{directory} is missing: it holds the encoder of this version; build the shop again")
    encoder = Towers.load(directory)
    if encoder.fingerprint != fingerprint:
        raise DamagedError(
            f"{directory} holds encoder {encoder.fingerprint[:16]}, but the version's vectors were made by"
            f" {fingerprint[:16]}; build the shop again"
        )
    return encoder


class KeptTowers:
    """The towers of one fingerprint, loaded when they are first needed, and once however many threads ask.

    Versions of the same encoder share one, so that a new version does not begin without.
    """

    def __init__(self, shop: Path, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._shop = shop
        self._loading = threading.Lock()
        self.loaded = False
        """Whether the query tower is in memory."""

    def both(self) -> Towers:
        """The towers; each is loaded when it is first used."""
        with self._loading:
            return self._towers

    def queries(self) -> SentenceEncoder:
        """The query tower."""
        with self._loading:
            encoder = self._towers.queries
            self.loaded = True
            return encoder

    @cached_property
    def _towers(self) -> Towers:
        return open_encoder(self._shop, self.fingerprint)


def forget_encoders(shop: Path, kept: set[str]) -> None:
    """Delete the encoders that no version left needs."""
    names = {fingerprint[:16] for fingerprint in kept}
    for directory in (shop / "encoders").glob("*"):
        if directory.name not in names:
            shutil.rmtree(directory)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
