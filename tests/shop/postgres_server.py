"""A PostgreSQL server of a test's own: Debian's binaries, a socket in a temporary directory, no port, not root."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from urllib.parse import quote

NO_POSTGRES = "PostgreSQL or its driver is not installed: apt install postgresql; pip install 'aisle[postgres]'"
_numbers = count()


def binaries() -> Path | None:
    """Directory of the newest server installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return None if on_path is None else Path(on_path).resolve().parent


def installed() -> bool:
    """Whether a server can be started and talked to."""
    return binaries() is not None and find_spec("psycopg") is not None


@dataclass
class PostgresServer:
    """A running server, and the directory that is deleted with it."""

    place: Path
    process: subprocess.Popen[bytes]

    @property
    def socket(self) -> Path:
        """Directory of its socket."""
        return self.place / "s"

    def fresh(self) -> str:
        """URI of a place where no ledger is yet."""
        return f"postgresql://{_user()}@/postgres?host={quote(str(self.socket), safe='')}&schema=shop{next(_numbers)}"

    def kill(self) -> None:
        """End every process of the server as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def start_again(self) -> None:
        """After a kill: the log is replayed."""
        self.process = _run(self.place)

    def close(self) -> None:
        """Stop it and delete its files."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(30)
        shutil.rmtree(self.place)


def start_postgres() -> PostgresServer:
    """Make a cluster and start it."""
    # Not under pytest's directory: the path of a socket is short, and another user must pass through.
    place = Path(tempfile.mkdtemp(prefix="aisle-pg-"))
    bin_dir = binaries()
    assert bin_dir is not None
    (place / "s").mkdir()
    for path in (place, place / "s"):
        shutil.chown(path, _user())
    subprocess.run(
        [bin_dir / "initdb", "-D", place / "data", "-A", "peer", "-U", _user(), "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True, capture_output=True, user=_user(), cwd=place,
    )  # fmt: skip
    # Who connects is this process, which need not be the server's user.
    (place / "data" / "pg_hba.conf").write_text("local all all trust\n")
    return PostgresServer(place, _run(place))


def _run(place: Path) -> subprocess.Popen[bytes]:
    bin_dir = binaries()
    assert bin_dir is not None
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={place / 's'}", "-c", "shared_buffers=16MB"]
    # Processes are killed here, never the machine: what the operating system was given is there.
    options += ["-c", "fsync=off"]
    process = subprocess.Popen(
        [bin_dir / "postgres", "-D", place / "data", *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=_user(), cwd=place, start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    ready = [bin_dir / "pg_isready", "-q", "-h", place / "s", "-d", "postgres"]
    while subprocess.run(ready, check=False).returncode:
        assert process.poll() is None, "the PostgreSQL server ended by itself"
        assert time.monotonic() < until, "the PostgreSQL server does not answer"
        time.sleep(0.05)
    return process


def _user() -> str:
    """Whoever runs the tests; a server refuses to be root's, so then somebody else."""
    if os.getuid():
        return pwd.getpwuid(os.getuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
