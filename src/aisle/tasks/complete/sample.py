"""The small completer that comes with the package, and how it was made."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

SAMPLE = Path(__file__).parent / "data" / "sample"
_THREADS = 12_000


def sample_completer() -> Path:
    """The directory of the package's own completer, trained on simulated letters (`correspondence.py`)."""
    return SAMPLE


def make_sample(output: Path, *, steps: int, seed: int = 0) -> None:
    """Train it anew (needs torch): made-up letters, two layers, weights stored with half the bits.

    A phrase is held back if fewer than three letters have it, as with every corpus.
    """
    import numpy as np
    from safetensors.numpy import save_file

    from aisle.model.tensor_files import read_tensors
    from aisle.tasks.complete.correspondence import letters
    from aisle.tasks.complete.loading import load_completer
    from aisle.tasks.complete.settings import CompleterSettings
    from aisle.training.loop import train
    from aisle.training.settings import TrainingSettings

    settings = CompleterSettings(
        layers=2, hidden_size=96, heads=4, vocab_size=1_024, context=128, coverage=0.75, min_documents=3
    )
    training = TrainingSettings(
        max_steps=steps,
        learning_rate=4e-3,
        schedule="cosine",
        warmup=0.05,
        batch_size=16,
        precision="f32",
        seed=seed,
        checkpoint_every=0,
    )
    with tempfile.TemporaryDirectory() as scratch:
        corpus, run = Path(scratch) / "letters.jsonl", Path(scratch) / "run"
        with corpus.open("w", encoding="utf-8") as file:
            for thread in letters(_THREADS, seed=seed):
                row = {"subject": thread.subject, "text": thread.messages[-1]}
                row |= {"previous": thread.messages[0]} if len(thread.messages) > 1 else {"previous": ""}
                file.write(json.dumps(row) + "\n")
        loaded = load_completer([corpus], [], None, settings, training)
        result = train(loaded.task, training, run)
        print(f"{loaded.tokens} tokens, {result.steps} steps, {result.metrics}", file=sys.stderr)
        output.mkdir(parents=True, exist_ok=True)
        for name in ("config.json", "tokenizer.json", "completer.json", "rare-phrases.npy"):
            (output / name).write_bytes((run / name).read_bytes())
        halved = {name: array.astype(np.float16) for name, array in read_tensors(run / "model.safetensors")}
        save_file(halved, str(output / "model.safetensors"), metadata={"format": "pt"})


if __name__ == "__main__":
    make_sample(Path(sys.argv[1]), steps=int(sys.argv[2]))
