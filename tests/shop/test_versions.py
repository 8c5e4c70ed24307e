"""Building beside the live version, swapping, rolling back, checking, clearing up."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from aisle.errors import AisleError, BusyError, DamagedError, UserError
from aisle.shop.lock import held_lock
from aisle.shop.versions import Staging, Version, Versions


def build(versions: Versions, content: str = "index", **facts: object) -> int:
    with versions.begin() as staging:
        (staging.directory / "lexical").mkdir()
        (staging.directory / "lexical" / "segment.idx").write_text(content * 100)
        (staging.directory / "vectors.npy").write_bytes(content.encode())
        return staging.publish(facts)


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    return Versions(tmp_path)


def live_number(versions: Versions) -> int:
    live = versions.live()
    assert live is not None
    return live.number


def test_before_the_first_build_nothing_is_live(versions: Versions) -> None:
    assert versions.live() is None
    assert versions.all() == []
    assert versions.verify() == []
    with pytest.raises(UserError, match="no earlier version"):
        versions.rollback()


def test_a_published_version_is_live_with_its_files_and_facts(versions: Versions) -> None:
    assert build(versions, "one", products=7) == 1
    live = versions.live()
    assert isinstance(live, Version)
    assert (live.number, live.directory) == (1, versions.directory / "1")
    assert live.manifest.facts == {"products": 7}
    assert set(live.manifest.files) == {"lexical/segment.idx", "vectors.npy"}
    assert (live.directory / "vectors.npy").read_text() == "one"
    assert versions.verify() == []
    assert versions.leftovers() == []


def test_numbers_grow_and_the_newest_is_live(versions: Versions) -> None:
    assert [build(versions) for _ in range(3)] == [1, 2, 3]
    assert live_number(versions) == 3
    assert [version.number for version in versions.all()] == [1, 2, 3]


def test_a_build_that_does_not_publish_changes_nothing(versions: Versions) -> None:
    build(versions)
    with versions.begin() as staging:
        (staging.directory / "file").write_text("x")
        assert staging.number == 2
    with pytest.raises(ZeroDivisionError), versions.begin() as staging:
        (staging.directory / "file").write_text(str(1 / 0))
    assert live_number(versions) == 1
    assert [path.name for path in versions.directory.iterdir()] == ["1"]


def test_nothing_can_be_published_without_files(versions: Versions) -> None:
    with pytest.raises(DamagedError, match="made no files"), versions.begin() as staging:
        staging.publish({})
    assert versions.live() is None


def test_two_builds_at_once(versions: Versions) -> None:
    other = Versions(versions.shop_dir)
    with versions.begin():
        with pytest.raises(BusyError, match=f"process {os.getpid()}, since 2"), other.begin():
            pass
        with pytest.raises(BusyError):
            other.prune(1)
    assert build(other) == 1


def test_rollback_goes_back_through_what_was_live(versions: Versions) -> None:
    for _ in range(3):
        build(versions)
    assert versions.rollback().number == 2
    assert live_number(versions) == 2
    assert build(versions) == 4
    # Version 3 was left on purpose: going back from 4 leads to 2.
    assert [versions.rollback().number, versions.rollback().number] == [2, 1]
    with pytest.raises(UserError, match="no earlier version"):
        versions.rollback()
    assert live_number(versions) == 1
    assert versions.verify() == []


def test_rollback_works_while_a_build_is_at_work(versions: Versions) -> None:
    build(versions)
    build(versions)
    with versions.begin() as staging:
        (staging.directory / "file").write_text("x")
        assert Versions(versions.shop_dir).rollback().number == 1
        staging.publish({})
    assert live_number(versions) == 3
    assert versions.rollback().number == 1


def test_rollback_skips_a_damaged_version(versions: Versions) -> None:
    for _ in range(3):
        build(versions)
    (versions.directory / "2" / "vectors.npy").write_text("xxxxx")
    assert versions.rollback().number == 1
    build(versions)
    shutil.rmtree(versions.directory / "1")
    with pytest.raises(UserError, match=r"no earlier version to go back to .*is not there"):
        versions.rollback()
    assert live_number(versions) == 4


def truncate(directory: Path) -> None:
    os.truncate(directory / "lexical" / "segment.idx", 10)


def flip(directory: Path) -> None:
    (directory / "vectors.npy").write_bytes(b"INDEX")


def remove(directory: Path) -> None:
    (directory / "vectors.npy").unlink()


def edit_manifest(directory: Path) -> None:
    path = directory / "manifest.json"
    path.write_text(path.read_text().replace('"sha256": "', '"sha256": "0', 1))


def drop(directory: Path) -> None:
    shutil.rmtree(directory)


@pytest.mark.parametrize(
    ("damage", "words", "cheap"),
    [
        (truncate, "segment.idx: has 10 bytes, the manifest says 500", True),
        (remove, "vectors.npy: is missing", True),
        (edit_manifest, "manifest.json: is damaged", True),
        (drop, "version", True),
        (flip, "vectors.npy: is damaged; its checksum is not the manifest's", False),
    ],
)
def test_a_damaged_live_version_is_named_and_a_new_build_mends_it(
    versions: Versions, damage: Callable[[Path], None], words: str, cheap: bool
) -> None:
    build(versions)
    build(versions)
    damage(versions.directory / "2")
    problems = versions.verify()
    assert len(problems) == 1
    assert words in problems[0]
    if cheap:  # what needs every byte read is left to verify
        with pytest.raises(DamagedError, match=r"the live version 2 is damaged: .*aisle shop rollback"):
            versions.live()
        assert [version.number for version in versions.all()] == [1]
    assert build(versions) == 3
    assert live_number(versions) == 3


def test_a_damaged_live_version_can_be_rolled_back(versions: Versions) -> None:
    build(versions)
    build(versions)
    truncate(versions.directory / "2")
    assert versions.rollback().number == 1
    assert live_number(versions) == 1


def test_a_damaged_pointer_is_named_and_a_new_build_mends_it(versions: Versions) -> None:
    build(versions)
    (versions.shop_dir / "live").write_text("../../etc\n")
    for act in (versions.live, versions.rollback):
        with pytest.raises(DamagedError, match="numbers of versions"):
            act()
    assert len(versions.verify()) == 1
    assert build(versions) == 2
    assert live_number(versions) == 2
    assert versions.verify() == []


def test_a_pointer_to_a_link_out_of_the_shop_is_refused(versions: Versions, tmp_path: Path) -> None:
    build(versions)
    elsewhere = tmp_path / "elsewhere"
    (versions.directory / "1").rename(elsewhere)
    (versions.directory / "1").symlink_to(elsewhere)
    with pytest.raises(DamagedError, match="is damaged"):
        versions.live()
    assert versions.all() == []


def test_what_a_killed_build_left_is_reported_and_cleared_by_the_next(versions: Versions) -> None:
    build(versions)
    (versions.directory / ".staging-2" / "lexical").mkdir(parents=True)
    (versions.directory / ".staging-2" / "lexical" / "half").write_text("x")
    (versions.directory / ".trash-9").mkdir()
    (versions.shop_dir / ".live.abc.tmp").write_text("2")
    assert [path.name for path in versions.leftovers()] == [".live.abc.tmp", ".staging-2", ".trash-9"]
    assert versions.verify() == []
    assert live_number(versions) == 1
    with versions.begin():
        assert versions.leftovers() == []
    assert versions.leftovers() == []
    assert build(versions) == 2


def test_a_version_published_but_never_taken_live_keeps_its_number(versions: Versions) -> None:
    build(versions)
    build(versions)
    (versions.shop_dir / "live").write_text("1\n")  # as a kill between the rename and the swap leaves it
    assert live_number(versions) == 1
    assert versions.verify() == []
    assert build(versions) == 3
    assert versions.rollback().number == 1


def test_pruning_keeps_the_live_version_and_the_last_ones_before_it(versions: Versions) -> None:
    for _ in range(5):
        build(versions)
    versions.rollback()
    versions.rollback()
    assert live_number(versions) == 3
    assert versions.prune(2) == [1, 4, 5]
    assert [version.number for version in versions.all()] == [2, 3]
    assert versions.rollback().number == 2
    assert versions.prune(1) == [3]
    assert versions.prune(1) == []
    assert versions.verify() == []
    assert sorted(path.name for path in versions.directory.iterdir()) == ["2"]
    with pytest.raises(UserError, match="at least 1"):
        versions.prune(0)


def test_a_build_may_prune_before_it_lets_go_of_the_lock(versions: Versions) -> None:
    build(versions)
    with versions.begin() as staging:
        (staging.directory / "file").write_text("x")
        assert versions.prune(3) == []
        staging.publish({})
        assert versions.prune(1) == [1]
    assert live_number(versions) == 2


def test_foreign_files_among_the_versions_are_left_alone(versions: Versions) -> None:
    build(versions)
    (versions.directory / "notes.txt").write_text("mine")
    (versions.directory / "007").mkdir()
    assert build(versions) == 2
    versions.prune(1)
    assert versions.verify() == []
    assert (versions.directory / "notes.txt").exists()
    assert (versions.directory / "007").exists()


def test_a_shop_that_is_not_there(tmp_path: Path) -> None:
    versions = Versions(tmp_path / "none")
    assert versions.live() is None
    for act in (versions.rollback, lambda: versions.prune(1)):
        with pytest.raises(UserError, match="is not a shop"):
            act()
    with pytest.raises(UserError, match="cannot be written"), versions.begin():
        pass
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"), Versions(tmp_path / "file").begin():
        pass


def test_a_file_in_place_of_the_versions_directory(versions: Versions) -> None:
    versions.directory.write_text("")
    with pytest.raises(AisleError, match="cannot be written"), versions.begin():
        pass
    with held_lock(versions.shop_dir / "build.lock", "a build"):
        pass


def test_a_staging_directory_cannot_be_published_twice(versions: Versions) -> None:
    def twice(staging: Staging) -> None:
        (staging.directory / "file").write_text("x")
        staging.publish({})
        staging.publish({})

    with pytest.raises(AssertionError, match="published already"), versions.begin() as staging:
        twice(staging)
    assert live_number(versions) == 1


BUILD = """
import os, sys
from pathlib import Path
from aisle.errors import AisleError
from aisle.shop.versions import Versions
if len(sys.argv) > 2:
    os.chdir(sys.argv[1]); os.setgid(65534); os.setuid(65534); sys.argv[1] = "."
try:
    with Versions(sys.argv[1]).begin() as staging:
        (staging.directory / "big").write_bytes(b"x" * 5_000_000)
        print(staging.publish({}))
except AisleError as error:
    print(type(error).__name__, error)
"""


def run_build(*arguments: str | Path, limit: int | None = None) -> str:
    def prepare() -> None:
        if limit is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    command = [sys.executable, "-c", BUILD, *map(str, arguments)]
    done = subprocess.run(command, preexec_fn=prepare, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_build_that_may_not_write_so_much_says_so_and_the_live_version_stays(versions: Versions) -> None:
    build(versions)
    said = run_build(versions.shop_dir, limit=1_000_000)
    assert said.startswith("AisleError")
    assert "no room left" in said
    assert live_number(versions) == 1
    assert versions.leftovers() == []
    assert versions.verify() == []


def test_a_build_on_a_full_disk_says_so_and_the_live_version_stays(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("this process may not mount a small file system")
    try:
        versions = Versions(disk)
        build(versions)
        said = run_build(disk)
        assert said.startswith("AisleError")
        assert "No space left on device" in said
        assert live_number(versions) == 1
        assert versions.verify() == versions.leftovers() == []
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_a_read_only_shop_can_be_served_but_not_built() -> None:
    # Not under tmp_path: another user may not pass through the directories above it.
    with tempfile.TemporaryDirectory() as name:
        shop = Path(name)
        build(Versions(shop))
        shop.chmod(0o755)
        said = run_build(shop, "as nobody")
        assert said.startswith("UserError build.lock: cannot be written (Permission denied)")
        script = "import os, sys; from aisle.shop.versions import Versions; os.chdir(sys.argv[1]); os.setgid(65534); "
        script += "os.setuid(65534); print(Versions('.').live().number, Versions('.').verify())"
        command = [sys.executable, "-c", script, str(shop)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.strip() == "1 []"
