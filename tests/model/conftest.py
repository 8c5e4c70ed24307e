"""Tiny checkpoints of every family, made once by `transformers` through the benchmark that documents parity."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def parity() -> ModuleType:
    """`benchmarks/parity.py`, which makes the table in docs/parity.md."""
    path = Path(__file__).parents[2] / "benchmarks" / "parity.py"
    spec = importlib.util.spec_from_file_location("benchmarks_parity", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    module.transformers.logging.set_verbosity_error()
    module.transformers.logging.disable_progress_bar()
    return module


@pytest.fixture(scope="session")
def families(parity: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A checkpoint directory for every family."""
    return dict(parity.make_checkpoints(tmp_path_factory.mktemp("families")))
