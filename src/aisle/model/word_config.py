"""The shape of an encoder over word vectors, what came before the Transformer, in `config.json`. Free of torch.

Legend: V words, E size of a word's vector, H hidden size, D size of a text's vector.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from aisle.errors import UserError
from aisle.text.tokenizer_files import read_json

Architecture: TypeAlias = Literal["average", "dan", "bilstm"]
_PREFIX = "word-"

BIGRAM_FACTOR = 1_000_003
"""A prime: the row of two neighbouring words is `(factor x first + second) mod rows`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordConfig:
    """The shape of one encoder over word vectors."""

    architecture: Architecture
    """`average` of the words' vectors; `dan`, dense layers over that average; `bilstm`, the greatest numbers that an
    LSTM finds at any word, reading in both directions."""
    vocab_size: int
    """Rows V of the word table, those of special tokens among them."""
    word_size: int = 300
    """Length E of a word's vector."""
    hidden_size: int = 512
    """Width H of a dense layer, or of the LSTM in one direction."""
    num_layers: int = 2
    """Dense layers of a `dan`."""
    bigram_rows: int = 0
    """Rows of a `dan`'s table of neighbouring words, which several pairs of words may share; 0 for none."""
    dropout: float = 0.0
    """Share of numbers dropped in training, before each dense layer or of the words' vectors."""
    max_tokens: int = 512
    """The longest text in words, two special tokens included."""

    def __post_init__(self) -> None:
        if self.architecture not in get_args(Architecture):
            raise UserError(f"architecture {self.architecture!r} is not one of {', '.join(get_args(Architecture))}")
        for name in ("vocab_size", "word_size", "hidden_size", "num_layers", "max_tokens"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 1:
                raise UserError(f"the encoder's {name} is {value!r}; it must be a whole number of at least 1")
        if not isinstance(self.bigram_rows, int) or self.bigram_rows < 0:
            raise UserError(f"the encoder's bigram_rows is {self.bigram_rows!r}; it must be 0 or more")
        if not 0 <= self.dropout < 1:
            raise UserError(f"dropout is {self.dropout}; it must be at least 0 and less than 1")

    @property
    def dim(self) -> int:
        """Length D of a text's vector."""
        return {"average": self.word_size, "dan": self.hidden_size, "bilstm": 2 * self.hidden_size}[self.architecture]

    @classmethod
    def load(cls, directory: str | Path) -> WordConfig:
        """Read `config.json`.

        Raises
            UserError: it is missing, or describes something else.
        """
        path = Path(directory) / "config.json"
        values = read_json(path)
        kind = str(values.pop("model_type", ""))
        if not kind.startswith(_PREFIX):
            raise UserError(f"{path} describes no encoder over word vectors; `aisle train words` makes one")
        try:
            return cls(architecture=kind.removeprefix(_PREFIX), **values)  # type: ignore[arg-type]
        except TypeError as error:
            raise UserError(f"{path}: {error}; save the encoder again") from error
        except UserError as error:
            raise UserError(f"{path}: {error}") from error

    def save(self, directory: Path) -> None:
        """Write `config.json`."""
        values: dict[str, Any] = asdict(self)
        values = {"model_type": _PREFIX + values.pop("architecture")} | values
        (directory / "config.json").write_text(json.dumps(values, indent=2, sort_keys=True) + "\n", "utf-8")

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of every weight by its name: torch's names for an embedding, a linear layer and an LSTM."""
        E, H = self.word_size, self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {"words.weight": (self.vocab_size, E)}
        if self.architecture == "dan":
            if self.bigram_rows:
                shapes["bigrams.weight"] = (self.bigram_rows, E)
            for layer in range(self.num_layers):
                shapes |= {f"dense.{layer}.weight": (H, H if layer else E), f"dense.{layer}.bias": (H,)}
        if self.architecture == "bilstm":
            for way in ("", "_reverse"):
                shapes |= {f"lstm.weight_ih_l0{way}": (4 * H, E), f"lstm.weight_hh_l0{way}": (4 * H, H)}
                shapes |= {f"lstm.bias_ih_l0{way}": (4 * H,), f"lstm.bias_hh_l0{way}": (4 * H,)}
        return shapes


def is_word_encoder(directory: str | Path) -> bool:
    """Whether a checkpoint directory holds an encoder over word vectors and no Transformer."""
    path = Path(directory) / "config.json"
    return path.is_file() and str(read_json(path).get("model_type", "")).startswith(_PREFIX)
