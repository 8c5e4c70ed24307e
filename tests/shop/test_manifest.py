"""The manifest of a version and the pointer to the live one: damaged or hostile content is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisle.errors import DamagedError
from aisle.files.checksums import sha256_text
from aisle.shop.manifest import (
    MANIFEST_FILE,
    FileFacts,
    Manifest,
    damaged,
    make_manifest,
    missing_or_resized,
    read_manifest,
    write_manifest,
)
from aisle.shop.pointer import POINTER_FILE, read_pointer, write_pointer


def version(tmp_path: Path, **facts: Any) -> Path:
    directory = tmp_path / "1"
    (directory / "lexical").mkdir(parents=True)
    (directory / "vectors.npy").write_bytes(b"v" * 1_000)
    (directory / "lexical" / "segment-1.idx").write_bytes(b"s" * 500)
    (directory / "lexical" / ".index.lock").write_bytes(b"")
    write_manifest(directory, make_manifest(directory, facts))
    return directory


def signed(content: dict[str, Any]) -> str:
    checksum = sha256_text(json.dumps(content, sort_keys=True, ensure_ascii=False))
    return json.dumps(content | {"checksum": checksum})


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    directory = version(tmp_path, products=12, encoder="minilm é")
    manifest = read_manifest(directory)
    assert manifest.facts == {"products": 12, "encoder": "minilm é"}
    assert list(manifest.files) == ["lexical/segment-1.idx", "vectors.npy"]
    assert manifest.files["vectors.npy"].size == 1_000
    assert damaged(directory, manifest) == []


def test_every_kind_of_damage_is_named(tmp_path: Path) -> None:
    directory = version(tmp_path)
    manifest = read_manifest(directory)
    vectors, segment = directory / "vectors.npy", directory / "lexical" / "segment-1.idx"
    (directory / "lexical" / "reader.lock").write_bytes(b"")
    assert damaged(directory, manifest) == []

    vectors.write_bytes(b"w" * 1_000)
    assert missing_or_resized(directory, manifest) == []
    assert damaged(directory, manifest) == [f"{vectors}: is damaged; its checksum is not the manifest's"]

    vectors.write_bytes(b"v" * 10)
    assert damaged(directory, manifest) == [f"{vectors}: has 10 bytes, the manifest says 1,000"]

    vectors.unlink()
    assert damaged(directory, manifest) == [f"{vectors}: is missing"]

    outside = tmp_path / "outside"
    outside.write_bytes(b"v" * 1_000)
    vectors.symlink_to(outside)
    assert damaged(directory, manifest) == [f"{vectors}: is not a plain file inside its version"]
    vectors.unlink()

    vectors.write_bytes(b"v" * 1_000)
    (directory / "extra").write_text("")
    assert damaged(directory, manifest) == [f"{directory / 'extra'}: is not in the manifest"]
    (directory / "extra").unlink()

    (tmp_path / "elsewhere").mkdir()
    segment.rename(tmp_path / "elsewhere" / segment.name)
    (directory / "lexical" / ".index.lock").unlink()
    (directory / "lexical" / "reader.lock").unlink()
    segment.parent.rmdir()
    segment.parent.symlink_to(tmp_path / "elsewhere")
    assert damaged(directory, manifest) == [f"{segment}: is not a plain file inside its version"]


@pytest.mark.parametrize("name", ["a b", "a\\b", "ü", "a:b"])
def test_a_file_with_an_odd_name_is_not_published(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("")
    with pytest.raises(DamagedError, match="cannot hold a file of this name"):
        make_manifest(tmp_path, {})


def test_links_and_pipes_are_not_published(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(DamagedError, match="neither a plain file nor a directory"):
        make_manifest(tmp_path, {})
    (tmp_path / "link").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DamagedError, match="neither a plain file nor a directory"):
        make_manifest(tmp_path, {})


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"products": 12', b'"products": 13'), (b"1000", b"1001"), (b'"created": "2', b'"created": "3'), (b"}", b"")],
)
def test_an_edited_manifest_is_refused(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = version(tmp_path, products=12) / MANIFEST_FILE
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(DamagedError, match=r"manifest\.json: is damaged"):
        read_manifest(path.parent)


FACTS = {"sha256": "0" * 64, "size": 1}


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "/etc/passwd",
        "a/../../x",
        "..",
        ".",
        "",
        "a//b",
        "a/",
        "/",
        "a\\..\\x",
        "a\0b",
        "~",
        "lexical/../x",
        "a/./b",
        "x" * 256,
    ],
)
def test_a_manifest_cannot_name_a_file_outside_its_version(tmp_path: Path, name: str) -> None:
    content = {"format": 1, "created": "x", "facts": {}, "files": {name: FACTS}}
    (tmp_path / MANIFEST_FILE).write_text(signed(content))
    with pytest.raises(DamagedError, match="cannot be part of a version"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"format": 2},
        {"format": 1},
        {"format": 1, "created": "x", "facts": {}, "files": ["a"]},
        {"format": 1, "created": "x", "facts": 3, "files": {}},
        {"format": 1, "created": "x", "facts": {}, "files": {"a": 3}},
        {"format": 1, "created": "x", "facts": {}, "files": {"a": {"sha256": "x", "size": 1}}},
        {"format": 1, "created": "x", "facts": {}, "files": {"a": {"sha256": 7, "size": 1}}},
        {"format": 1, "created": "x", "facts": {}, "files": {"a": {"sha256": "0" * 64, "size": "many"}}},
    ],
)
def test_a_manifest_of_another_shape_is_refused(tmp_path: Path, content: dict[str, Any]) -> None:
    (tmp_path / MANIFEST_FILE).write_text(signed(content))
    with pytest.raises(DamagedError, match=r"manifest\.json"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{", b"\xff", b"[" * 100_000, b'{"checksum": []}'])
def test_what_is_no_manifest_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST_FILE).write_bytes(content)
    with pytest.raises(DamagedError):
        read_manifest(tmp_path)


def test_a_missing_manifest_and_a_link_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="is missing"):
        read_manifest(tmp_path)
    (tmp_path / MANIFEST_FILE).symlink_to("/etc/hostname")
    with pytest.raises(DamagedError, match="is not a manifest"):
        read_manifest(tmp_path)


parts = st.text(st.sampled_from("ab01._-+@=,"), min_size=1, max_size=5).filter(lambda part: part not in (".", ".."))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    names=st.lists(st.lists(parts, min_size=1, max_size=3).map("/".join), max_size=4, unique=True),
    facts=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.booleans(), max_size=3),
)
def test_any_manifest_is_read_back(tmp_path: Path, names: list[str], facts: dict[str, Any]) -> None:
    manifest = Manifest(facts, {name: FileFacts("0" * 64, 7) for name in names}, "now")
    usable = all(value.encode(errors="replace").decode() == value for value in [*facts, *map(str, facts.values())])
    if usable:
        write_manifest(tmp_path, manifest)
        assert read_manifest(tmp_path) == manifest


def test_a_pointer_is_a_list_of_numbers(tmp_path: Path) -> None:
    assert read_pointer(tmp_path) == []
    write_pointer(tmp_path, [3, 2, 3, 1])
    assert (tmp_path / POINTER_FILE).read_text() == "3\n2\n1\n"
    assert read_pointer(tmp_path) == [3, 2, 1]


def test_a_pointer_remembers_a_limited_past(tmp_path: Path) -> None:
    write_pointer(tmp_path, list(range(999_999_999, 999_990_000, -1)))
    numbers = read_pointer(tmp_path)
    assert (len(numbers), numbers[0]) == (500, 999_999_999)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"1",
        b"0\n",
        b"01\n",
        b"-1\n",
        b"../2\n",
        b"/etc\n",
        b"1 \n",
        b"1\n\n",
        b"1\r\n",
        b"1\n../2\n",
        b"\xff\n",
        "١\n".encode(),
        b"1" * 10 + b"\n",
        b"1\n" * 10_000,
    ],
)
def test_a_pointer_to_anything_else_is_damaged(tmp_path: Path, content: bytes) -> None:
    (tmp_path / POINTER_FILE).write_bytes(content)
    with pytest.raises(DamagedError, match="numbers of versions"):
        read_pointer(tmp_path)


def test_a_directory_in_place_of_the_pointer_is_damaged(tmp_path: Path) -> None:
    (tmp_path / POINTER_FILE).mkdir()
    with pytest.raises(DamagedError, match="cannot be read"):
        read_pointer(tmp_path)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(content=st.binary(max_size=12) | st.text(st.sampled_from("019\n./-"), max_size=12).map(str.encode))
def test_whatever_a_pointer_holds_it_gives_only_version_numbers(tmp_path: Path, content: bytes) -> None:
    (tmp_path / POINTER_FILE).write_bytes(content)
    try:
        numbers = read_pointer(tmp_path)
    except DamagedError:
        return
    assert numbers
    assert all(0 < number < 10**9 for number in numbers)
