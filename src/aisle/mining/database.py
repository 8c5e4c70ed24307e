"""DuckDB in bounded memory: a database file in a scratch directory that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aisle.errors import AisleError, UserError
from aisle.mining.settings import PairSettings


@contextmanager
def scratch_database(scratch: Path, settings: PairSettings) -> Iterator[Any]:
    """A connection to an empty database in a new directory below `scratch`; both are deleted when the block ends.

    Nothing is downloaded. Raises `UserError` where DuckDB is not installed, `AisleError` where the disk is full or the
    memory allowed is too small.
    """
    try:
        import duckdb
    except ImportError:
        raise UserError("mining pairs needs DuckDB; install it with: pip install 'aisle[train]'") from None
    with tempfile.TemporaryDirectory(prefix=".mining-", dir=scratch) as folder:
        try:
            with duckdb.connect(str(Path(folder) / "events.duckdb")) as connection:
                for name, value in {
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                    "memory_limit": f"'{settings.memory_mb}MB'",
                    "threads": str(settings.threads),
                    "temp_directory": sql_text(Path(folder) / "spilled"),
                    "preserve_insertion_order": "false",
                    "enable_progress_bar": "false",
                    "TimeZone": "'UTC'",
                }.items():
                    connection.execute(f"SET {name} = {value}")
                yield connection
        except duckdb.OutOfMemoryException as error:
            raise AisleError(
                f"mining ran out of its {settings.memory_mb} MB ({_first_line(error)}); allow more with --memory-mb"
            ) from error
        except duckdb.IOException as error:
            raise AisleError(
                f"mining could not read the log or write below {scratch} ({_first_line(error)})"
            ) from error


def sql_text(text: str | Path) -> str:
    """A text, such as a path, as a literal of SQL."""
    return "'" + str(text).replace("'", "''") + "'"


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
