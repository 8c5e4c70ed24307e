"""One shard in a process of its own: `python -m aisle.batch.worker WORK 3`, on whatever machine sees the directory."""

from __future__ import annotations

import sys
from pathlib import Path

from aisle.batch.work import Work
from aisle.errors import AisleError, UserError


def main() -> int:
    """Do the shard; the exit status is that of `aisle`: 2 is a mistake that no second try mends."""
    try:
        Work.open(Path(sys.argv[1])).do(int(sys.argv[2]))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except AisleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
