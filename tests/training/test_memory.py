"""That freed memory stays shows in the page faults of a process of its own: the setting is for its whole life."""

from __future__ import annotations

import subprocess
import sys

FAULTS = """
import resource, sys
import numpy as np
from aisle.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
np.ones(8_000_000, np.float32)
before = faults()
for _ in range(4):
    np.ones(8_000_000, np.float32)
print(faults() - before)
"""


def faults(how: str) -> int:
    return int(subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True).stdout)


def test_memory_that_was_freed_is_taken_again_without_asking_the_kernel() -> None:
    assert faults("keep") < faults("leave") / 4
