from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from aisle.errors import UserError
from aisle.model.encoder import Encoder
from aisle.model.pooling_config import PoolingConfig
from aisle.model.source import find_checkpoint
from aisle.text.tokenizer import Tokenizer


def test_the_example_on_the_page_runs_and_saves_the_same_encoder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        source = find_checkpoint("minilm")
    except UserError as error:
        pytest.skip(str(error))
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
    example = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(example) == 1
    monkeypatch.chdir(tmp_path)
    exec(compile(example[0], "models.md", "exec"), {})

    saved = tmp_path / "my-encoder"
    assert find_checkpoint(saved) == saved
    assert PoolingConfig.load(saved) == PoolingConfig.load(source)
    ids = Tokenizer.load(saved).encode_batch(["Crème brûlée"]).ids
    assert ids == Tokenizer.load(source).encode_batch(["Crème brûlée"]).ids
    with torch.no_grad():
        assert torch.equal(Encoder.load(saved)(torch.tensor(ids)), Encoder.load(source)(torch.tensor(ids)))
