"""Every benchmark that the data at hand allows: `python -m benchmarks [--data DIR]`."""

from __future__ import annotations

import argparse
import subprocess
import sys

NEED_DATA = ("shop", "relevance", "sts", "transfer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="directory of the data sets; without it only what needs none is measured")
    data = parser.parse_args().data
    given = ["--data", data] if data else []
    for name in ("encode", "memory", "train", *(NEED_DATA if data else ())):
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *given], check=True)
    if not data:
        print(f"\nnot run without --data DIR: {', '.join(NEED_DATA)}")


if __name__ == "__main__":
    main()
