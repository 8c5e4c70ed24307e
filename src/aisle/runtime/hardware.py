"""What this machine's processor can multiply natively."""

from __future__ import annotations

import os
from functools import cache

from aisle.files.checksums import sha256_text


@cache
def core() -> object:
    """The one OpenVINO core of this process."""
    # OpenVINO's telemetry package would otherwise try to reach a server; nothing here opens a connection.
    os.environ.setdefault("OPENVINO_TELEMETRY_OPT_OUT", "1")
    import openvino

    return openvino.Core()


@cache
def capabilities() -> frozenset[str]:
    """Arithmetic that the processor has in hardware, e.g. `FP32`, `BF16`, `INT8`."""
    return frozenset(core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))  # type: ignore[attr-defined]


@cache
def processor() -> str:
    """A short name of this processor, for what was measured on it."""
    name = core().get_property("CPU", "FULL_DEVICE_NAME")  # type: ignore[attr-defined]
    return sha256_text(f"{name} {sorted(capabilities())}")[:8]


def cores() -> int:
    """Processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
