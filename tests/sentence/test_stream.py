"""Files of texts to files of vectors, also when the process is killed on the way."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from aisle.errors import UserError
from aisle.progress import silent
from aisle.sentence.encoder import SentenceEncoder
from aisle.sentence.stream import CHUNK, encode_file


def texts(path: Path, count: int) -> Path:
    path.write_text("".join(f"milk {number % 977} oat\n" for number in range(count)))
    return path


def test_a_killed_run_goes_on_where_it_was(tiny_encoder: Path, tmp_path: Path) -> None:
    source = texts(tmp_path / "texts.txt", 5 * CHUNK + 7)
    target = tmp_path / "vectors.npy"
    words = ["encode", "--encoder", str(tiny_encoder), "--input", str(source), "--output", str(target)]
    with subprocess.Popen([sys.executable, "-m", "aisle.cli.main", *words], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not Path(f"{target}.partial.json").exists():
            time.sleep(0.002)
        process.kill()
    assert not target.exists()
    encoder = SentenceEncoder.load(tiny_encoder)
    report = encode_file(encoder, str(source), str(target), True, silent)
    assert 0 < report.resumed < report.texts == 5 * CHUNK + 7
    whole = encode_file(encoder, str(source), str(tmp_path / "whole.npy"), True, silent)
    assert whole.resumed == 0
    np.testing.assert_allclose(np.load(target), np.load(tmp_path / "whole.npy"), atol=1e-6)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["texts.txt", "vectors.npy", "whole.npy"]


def test_another_input_starts_anew(tiny_encoder: Path, tmp_path: Path) -> None:
    target = tmp_path / "vectors.npy"
    Path(f"{target}.partial").write_bytes(b"\0" * 32 * 4 * 3)
    Path(f"{target}.partial.json").write_text('{"same": "another", "done": [3, 0, 0]}')
    encoder = SentenceEncoder.load(tiny_encoder)
    report = encode_file(encoder, str(texts(tmp_path / "texts.txt", 5)), str(target), True, silent)
    assert (report.resumed, report.texts) == (0, 5)
    np.testing.assert_allclose(np.load(target)[0], encoder.encode(["milk 0 oat"])[0], atol=1e-6)


def test_an_empty_file_gives_no_vectors(tiny_encoder: Path, tmp_path: Path) -> None:
    encoder = SentenceEncoder.load(tiny_encoder)
    report = encode_file(encoder, str(texts(tmp_path / "none.txt", 0)), str(tmp_path / "none.npy"), True, silent)
    assert (report.texts, np.load(tmp_path / "none.npy").shape) == (0, (0, 32))


def test_an_output_that_is_no_npy_is_refused(tiny_encoder: Path) -> None:
    with pytest.raises(UserError, match="must end in"):
        encode_file(SentenceEncoder.load(tiny_encoder), "x", "vectors.txt", True, silent)
