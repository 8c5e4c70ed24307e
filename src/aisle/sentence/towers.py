"""`Towers`: one encoder for queries and one for products, which may be the same.

A directory with `towers.json` in it was trained as two towers. It is itself a checkpoint, that of the query tower, so
whoever knows nothing of towers reads queries with it as with any other; `product/` in it is the product tower, if it
has weights of its own. Free of torch.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from aisle.errors import DamagedError
from aisle.files.atomic import write_atomic
from aisle.files.checksums import sha256_text
from aisle.model.source import MINILM, find_checkpoint
from aisle.runtime.settings import EngineSettings
from aisle.sentence.encoder import SentenceEncoder, copy_checkpoint, fingerprint, fingerprint_of_files
from aisle.sentence.pieces import PIECES_FILE, Pieces
from aisle.text.templates import TEMPLATES, Template
from aisle.text.tokenizer_files import read_json

TOWERS_FILE = "towers.json"
PRODUCT_FOLDER = "product"
FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class TowersConfig:
    """What `towers.json` says."""

    template: Template = "plain"
    """How a product becomes text."""
    tied: bool = True
    """Whether queries and products have the same weights."""
    dim: int = 0
    """Length of a vector; the same in both towers."""

    def save(self, directory: Path) -> None:
        """Write `towers.json`."""
        write_atomic(directory / TOWERS_FILE, json.dumps({"format": FORMAT, **asdict(self)}, indent=2) + "\n")

    @classmethod
    def load(cls, directory: Path) -> TowersConfig:
        """Read it; a checkpoint without one is its own product tower and reads plain texts.

        Raises
            DamagedError: it says something that this version does not understand.
        """
        path = directory / TOWERS_FILE
        if not path.is_file():
            return cls()
        values = read_json(path)
        if values.get("format") != FORMAT:
            raise DamagedError(f"{path} has format {values.get('format')!r}, this aisle reads {FORMAT}")
        template, tied, dim = values.get("template"), values.get("tied"), values.get("dim")
        if template not in TEMPLATES or not isinstance(tied, bool) or not isinstance(dim, int):
            raise DamagedError(f"{path} must name a template ({', '.join(TEMPLATES)}), tied and dim; train again")
        if not tied and not (directory / PRODUCT_FOLDER).is_dir():
            raise DamagedError(f"{path} says that products have a tower of their own, and {PRODUCT_FOLDER}/ is missing")
        return cls(template=template, tied=tied, dim=dim)


class Towers:
    """Both encoders of a shop, each loaded when it is first needed: who only answers queries never loads the other."""

    def __init__(self, directory: Path, name: str, settings: EngineSettings | None = None) -> None:
        self.directory = directory
        self.name = name
        self.config = TowersConfig.load(directory)
        self.fingerprint = towers_fingerprint(directory, self.config)
        """What tells these towers from all others: both checkpoints, the template and the pieces."""
        self._settings = settings

    @classmethod
    def load(cls, name_or_dir: str | Path, *, settings: EngineSettings | None = None, name: str = "") -> Towers:
        """Open `minilm`, any checkpoint directory, or one that `aisle train two-tower` made.

        `name` is what they are called; without it the name of the directory.

        Raises
            UserError: there is no complete checkpoint.
            DamagedError: `towers.json` and the directory do not belong together.
        """
        directory = find_checkpoint(name_or_dir)
        return cls(directory, name or (MINILM if str(name_or_dir) == MINILM else directory.name), settings)

    @property
    def template(self) -> Template:
        """How a product becomes the text that the product tower reads."""
        return self.config.template

    @cached_property
    def queries(self) -> SentenceEncoder:
        """The query tower."""
        return SentenceEncoder(self.directory, self.name, self._settings)

    @cached_property
    def products(self) -> SentenceEncoder:
        """The product tower; the query tower itself where both are one."""
        if self.config.tied:
            return self.queries
        return SentenceEncoder(self.product_directory, f"{self.name}/{PRODUCT_FOLDER}", self._settings)

    @cached_property
    def pieces(self) -> Pieces | None:
        """The pieces of words for late interaction; None where the towers were trained without."""
        return Pieces.load(self.directory)

    @property
    def product_directory(self) -> Path:
        """The checkpoint of the product tower."""
        return self.directory if self.config.tied else find_checkpoint(self.directory / PRODUCT_FOLDER)

    @property
    def product_fingerprint(self) -> str:
        """What the vectors of texts of products depend on. Towers with another query tower may share it."""
        return fingerprint(self.product_directory)

    def copy_files(self, target: Path) -> None:
        """Copy what `load` needs into a new directory."""
        copy_checkpoint(self.directory, target)
        if not self.config.tied:
            copy_checkpoint(self.directory / PRODUCT_FOLDER, target / PRODUCT_FOLDER)
        if (self.directory / PIECES_FILE).is_file():
            shutil.copyfile(self.directory / PIECES_FILE, target / PIECES_FILE)
        if (self.directory / TOWERS_FILE).is_file():
            self.config.save(target)


def towers_fingerprint(directory: Path, config: TowersConfig) -> str:
    """A plain checkpoint's own fingerprint; of two towers, one over both, the template and the pieces."""
    own = fingerprint(directory)
    pieces = directory / PIECES_FILE
    if config.tied and config.template == "plain" and not pieces.is_file():
        return own
    product = own if config.tied else fingerprint(directory / PRODUCT_FOLDER)
    told = f"towers {own} {product} {config.template}"
    return sha256_text(f"{told} {fingerprint_of_files(directory, [pieces])}" if pieces.is_file() else told)
