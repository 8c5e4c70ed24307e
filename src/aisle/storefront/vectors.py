"""Product vectors of a version: computed once a text, reused while neither text nor encoder changes.

Legend: N products, D vector length.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aisle.errors import DamagedError, UserError
from aisle.progress import Progress
from aisle.search.pieces import PieceReader, RoundedPieces
from aisle.sentence.encoder import max_tokens
from aisle.sentence.pieces import PIECES_FILE
from aisle.sentence.towers import Towers
from aisle.shop.encoded_text import encoded_text
from aisle.shop.product import Product
from aisle.text.tokenizer import Tokenizer

KEYS_FILE = "text_keys.npy"
VECTORS_FILE = "vectors.npy"
ENCODER_FILE = "encoder.json"
"""In a directory of `aisle batch embed`: which encoder made the vectors."""
CHUNK = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Embedded:
    """Vectors of a version's products, and what it took to get them."""

    vectors_ND: NDArray[np.float32]
    """Unit length, in the products' order."""
    computed: int
    """Distinct texts that went through the encoder."""
    reused: int
    """Products whose vector was taken over from the version before."""
    truncated: int
    """Texts longer than the encoder reads."""


def embed_products(
    products: Sequence[Product],
    encoder: Towers,
    directory: Path,
    before: Sequence[Path],
    progress: Progress,
) -> Embedded:
    """Vectors of `products`; their text keys go to `directory`. `before` are versions built with the same encoder, or
    directories of `aisle batch embed`."""
    texts = [encoded_text(product, encoder.template) for product in products]
    keys_N = text_keys(texts)
    tower = encoder.products
    vectors_ND = np.empty((len(texts), tower.dim), np.float32)
    known: dict[int, NDArray[np.float32]] = {}
    for place in before:
        known |= _known_vectors(place)
    missing: dict[int, list[int]] = {}
    reused = 0
    for index, key in enumerate(keys_N.tolist()):
        vector_D = known.get(key)
        if vector_D is None:
            missing.setdefault(key, []).append(index)
        else:
            vectors_ND[index] = vector_D
            reused += 1
    places = list(missing.values())
    truncated = 0
    for start in range(0, len(places), CHUNK):
        chunk = places[start : start + CHUNK]
        encoded = tower.encode_counted([texts[indices[0]] for indices in chunk])
        truncated += encoded.truncated_texts
        for vector_D, indices in zip(encoded.vectors, chunk, strict=True):
            vectors_ND[indices] = vector_D
        progress("embed", min(start + CHUNK, len(places)), len(places))
    np.save(directory / KEYS_FILE, keys_N)
    return Embedded(vectors_ND=vectors_ND, computed=len(places), reused=reused, truncated=truncated)


def piece_reader(encoder: Towers) -> PieceReader | None:
    """What reads the pieces of words in a search; None where the towers were trained without.

    Raises
        DamagedError: there are not as many as the towers' vocabulary has.
    """
    pieces = encoder.pieces
    if pieces is None:
        return None
    tokenizer = Tokenizer.load(encoder.directory)
    if len(pieces.weights_V) < tokenizer.vocab_size:
        raise DamagedError(
            f"{encoder.directory / PIECES_FILE} has {len(pieces.weights_V)} pieces, and the vocabulary "
            f"{tokenizer.vocab_size}: they do not belong together; train the towers again"
        )
    most = max_tokens(encoder.product_directory)
    return PieceReader(RoundedPieces.of(pieces), tokenizer, template=encoder.template, max_tokens=most)


def text_keys(texts: Sequence[str]) -> NDArray[np.int64]:
    """A 64-bit content key for each text, (N,)."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, np.int64)


def check_made_by(directory: Path, encoder: Towers) -> None:
    """Raise `UserError` for a directory of vectors that is none, or whose vectors another encoder made."""
    path = directory / ENCODER_FILE
    if not path.is_file():
        raise UserError(f"{directory} holds no vectors; make them with: aisle batch embed SHOP --output {directory}")
    facts = json.loads(path.read_text("utf-8"))
    made_by = str(facts["encoder"])
    # Another query tower over the same product tower changes nothing in them.
    if encoder.fingerprint != made_by and encoder.product_fingerprint != facts.get("products"):
        raise UserError(
            f"the vectors in {directory} were made by encoder {made_by[:16]}, but the build is with "
            f"{encoder.fingerprint[:16]} ({encoder.name}); embed the catalogue with that one"
        )


def _known_vectors(before: Path) -> dict[int, NDArray[np.float32]]:
    vectors_ND = np.load(before / VECTORS_FILE, mmap_mode="r")
    return dict(zip(np.load(before / KEYS_FILE).tolist(), vectors_ND, strict=True))
