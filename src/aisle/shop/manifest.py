"""The manifest of a version: what was built, and the size and checksum of every file of it."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aisle.errors import DamagedError
from aisle.files.atomic import write_atomic
from aisle.files.checksums import sha256_file, sha256_text
from aisle.json_text import from_json

MANIFEST_FILE = "manifest.json"
FORMAT = 1
_LONGEST = 64 * 1024 * 1024
_SAFE_PART = re.compile(r"(?!\.\.?$)[A-Za-z0-9._+@=,-]{1,255}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of a version."""

    sha256: str
    """Of its bytes, hexadecimal."""
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version says about itself."""

    facts: Mapping[str, Any]
    """Whatever the build wants to remember, as JSON: counts, encoder, settings."""
    files: Mapping[str, FileFacts]
    """Path inside the version, with `/`, to what the file must be."""
    created: str
    """When, ISO 8601 in UTC."""


def make_manifest(directory: Path, facts: Mapping[str, Any]) -> Manifest:
    """Take stock of a directory. Lock files are left out: whoever opens an index may make or drop them.

    Raises `DamagedError` for anything that is no plain file or directory, or has a name that a manifest cannot carry.
    """
    files: dict[str, FileFacts] = {}
    for name, path in sorted(_files_in(directory)):
        if _refused(name):
            raise DamagedError(f"{path}: a version cannot hold a file of this name")
        files[name] = FileFacts(sha256_file(path), path.stat().st_size)
    return Manifest(facts, files, datetime.now(UTC).isoformat(timespec="seconds"))


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write `manifest.json`, with a checksum of its own content."""
    content = _content(manifest)
    whole = content | {"checksum": _checksum(content)}
    write_atomic(directory / MANIFEST_FILE, json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def read_manifest(directory: Path) -> Manifest:
    """Read and check `manifest.json`. Raises `DamagedError` if it is missing or not exactly what was written."""
    path = directory / MANIFEST_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode) or path.lstat().st_size > _LONGEST:
            raise DamagedError(f"{path}: is not a manifest")
        whole = from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DamagedError(f"{path}: is missing, so nothing says what the version must be") from None
    except OSError as error:
        raise DamagedError(f"{path}: cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise DamagedError(f"{path}: is damaged, not JSON ({error})") from None
    if not isinstance(whole, dict) or whole.pop("checksum", None) != _checksum(whole):
        raise DamagedError(f"{path}: is damaged or was edited; its checksum does not fit its content")
    if whole.get("format") != FORMAT:
        raise DamagedError(f"{path}: has format {whole.get('format')!r}, this aisle reads {FORMAT}")
    # The checksum proves that nothing was damaged, not that the writer meant well: names are still checked.
    try:
        files = {name: FileFacts(entry["sha256"], int(entry["size"])) for name, entry in whole["files"].items()}
        bad = next(
            (name for name, entry in files.items() if _refused(name) or not _SHA256.fullmatch(entry.sha256)), None
        )
        manifest = Manifest(dict(whole["facts"]), files, str(whole["created"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise DamagedError(f"{path}: is not laid out like a manifest") from None
    if bad is not None:
        raise DamagedError(f"{path}: names the file {bad!r}, which cannot be part of a version")
    return manifest


def missing_or_resized(directory: Path, manifest: Manifest) -> list[str]:
    """Problems that can be found without reading the files: missing ones, wrong sizes, links."""
    problems = []
    for name, expected in manifest.files.items():
        path = directory / name
        try:
            found = path.lstat()
        except OSError:
            problems.append(f"{path}: is missing")
            continue
        if not stat.S_ISREG(found.st_mode) or path.parent.resolve() != directory.resolve() / Path(name).parent:
            problems.append(f"{path}: is not a plain file inside its version")
        elif found.st_size != expected.size:
            problems.append(f"{path}: has {found.st_size:,} bytes, the manifest says {expected.size:,}")
    return problems


def damaged(directory: Path, manifest: Manifest) -> list[str]:
    """All problems: those of `missing_or_resized`, wrong checksums, and files the manifest does not know."""
    problems = missing_or_resized(directory, manifest)
    if problems:
        return problems
    for name, expected in manifest.files.items():
        try:
            if sha256_file(directory / name) != expected.sha256:
                problems.append(f"{directory / name}: is damaged; its checksum is not the manifest's")
        except OSError as error:
            problems.append(f"{directory / name}: cannot be read ({error.strerror})")
    try:
        problems += [
            f"{path}: is not in the manifest" for name, path in _files_in(directory) if name not in manifest.files
        ]
    except DamagedError as error:
        problems.append(str(error))
    return problems


def _files_in(directory: Path) -> Iterator[tuple[str, Path]]:
    for folder, folders, names in os.walk(directory):
        for name in [*folders, *names]:
            path = Path(folder) / name
            mode = path.lstat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
                raise DamagedError(f"{path}: is neither a plain file nor a directory; a version holds nothing else")
        for name in names:
            path = Path(folder) / name
            inside = path.relative_to(directory).as_posix()
            if inside != MANIFEST_FILE and not name.endswith(".lock"):
                yield inside, path


def _refused(name: str) -> bool:
    return not all(_SAFE_PART.fullmatch(part) for part in name.split("/"))


def _content(manifest: Manifest) -> dict[str, Any]:
    files = {name: asdict(entry) for name, entry in manifest.files.items()}
    return {"format": FORMAT, "created": manifest.created, "facts": dict(manifest.facts), "files": files}


def _checksum(content: Mapping[str, Any]) -> str:
    return sha256_text(json.dumps(content, sort_keys=True, ensure_ascii=False))
