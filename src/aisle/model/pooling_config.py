"""How token vectors become a sentence vector: the module files of sentence-transformers, read and written. No torch."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.json_text import from_json
from aisle.model.config import EncoderConfig
from aisle.text.tokenizer_files import read_json

POOLINGS = ("mean", "max", "cls", "pooler")

# The older layout of a pooling module has one true-or-false key a kind.
_OLD_KEYS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolingConfig:
    """How a checkpoint turns a text into one vector."""

    mode: str = "mean"
    """`mean` or `max` over the tokens, `cls` (the first token's vector), or `pooler` (BERT's dense layer over it)."""
    normalize: bool = False
    """Whether the checkpoint itself scales vectors to unit length."""
    max_tokens: int | None = None
    """The longest input that the checkpoint asks for, special tokens included; None where it asks for none. The
    encoder may have positions for fewer."""
    prompts: dict[str, str] = field(default_factory=dict)
    """Texts to put in front of an input, by name (`query`, `document`)."""
    default_prompt: str = ""
    """The name of the prompt that is put in front where none is asked for; empty for none."""

    def __post_init__(self) -> None:
        if self.mode not in POOLINGS:
            raise UserError(f"pooling {self.mode!r} is not one of {', '.join(POOLINGS)}")

    @classmethod
    def load(cls, directory: str | Path) -> PoolingConfig:
        """Read `modules.json` and its neighbours; a plain Hugging Face checkpoint has mean pooling.

        The limit of tokens is `max_seq_length`, else the tokenizer's `model_max_length`.

        Raises
            UserError: a module or a pooling that this package does not have.
        """
        folder = Path(directory)
        prompts = read_json(folder / "config_sentence_transformers.json")
        pooling, normalize = _read_modules(folder)
        return cls(
            mode=pooling,
            normalize=normalize,
            max_tokens=_read_max_tokens(folder),
            prompts={name: text for name, text in (prompts.get("prompts") or {}).items() if text},
            default_prompt=prompts.get("default_prompt_name") or "",
        )

    def save(self, directory: str | Path, config: EncoderConfig) -> None:
        """Write the module files, in the layout that every version of sentence-transformers reads.

        Raises
            UserError: the pooling is `pooler`, which sentence-transformers has no module for.
        """
        if self.mode == "pooler":
            raise UserError("pooling 'pooler' cannot be written for sentence-transformers; use mean, max or cls")
        folder = Path(directory)
        kinds = [("", "Transformer"), ("1_Pooling", "Pooling"), *([("2_Normalize", "Normalize")] * self.normalize)]
        modules = [
            {"idx": place, "name": str(place), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for place, (path, kind) in enumerate(kinds)
        ]
        pooling: dict[str, Any] = {"word_embedding_dimension": config.hidden_size}
        pooling |= {key: kind == self.mode for key, kind in _OLD_KEYS.items()}
        default = self.default_prompt or None
        _write(folder / "modules.json", modules)
        _write(folder / "1_Pooling" / "config.json", pooling)
        _write(folder / "sentence_bert_config.json", {"max_seq_length": self.max_tokens, "do_lower_case": False})
        _write(
            folder / "config_sentence_transformers.json",
            {"prompts": self.prompts, "default_prompt_name": default, "similarity_fn_name": "cosine"},
        )


def _read_modules(folder: Path) -> tuple[str, bool]:
    """Pooling and normalisation as `modules.json` lists them."""
    if not (folder / "modules.json").is_file():
        return "mean", False
    try:
        modules = [(entry["type"].rpartition(".")[2], entry["path"]) for entry in from_json(_text(folder))]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{folder / 'modules.json'} is not a list of modules ({error!r}); save it again") from error
    kinds = [kind for kind, _ in modules]
    if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise UserError(
            f"{folder / 'modules.json'} lists {', '.join(kinds)}; "
            "what can be read is Transformer, Pooling and, if wanted, Normalize, in this order"
        )
    return _read_pooling(folder / modules[1][1] / "config.json"), len(kinds) == 3


def _text(folder: Path) -> str:
    return (folder / "modules.json").read_text("utf-8")


def _read_pooling(path: Path) -> str:
    if not path.is_file():
        raise UserError(f"{path} is missing; it says how the token vectors are pooled")
    values = read_json(path)
    kinds = values.get("pooling_mode") or [kind for key, kind in _OLD_KEYS.items() if values.get(key)] or ["mean"]
    if isinstance(kinds, str):
        kinds = [kinds]
    if len(kinds) != 1 or kinds[0] not in POOLINGS:
        raise UserError(f"{path} asks for pooling {' + '.join(kinds)}; what can be read is one of mean, max, cls")
    return str(kinds[0])


def _read_max_tokens(folder: Path) -> int | None:
    limit = read_json(folder / "sentence_bert_config.json").get("max_seq_length")
    limit = limit or read_json(folder / "tokenizer_config.json").get("model_max_length")
    # Tokenizers without a limit of their own are saved with one of 10^30.
    return int(limit) if limit and limit < 10**9 else None


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
