"""How a version of a shop is built."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSettings:
    """Settings of one build."""

    encoder: str = ""
    """Encoder of products and queries: `minilm`, a checkpoint directory, or `none` for lexical search alone. Empty: the
    one that the shop accepted last, and `minilm` in a shop that has none."""

    force: bool = False
    """Take the version live even if it loses against the live one on the shop's held-out queries or golden ones."""

    ranker: str = "auto"
    """What orders the hits of hybrid searches: `auto` learns it from the shop's events where they are enough and keeps
    it if held-out queries say so; `none` is the fixed weighted sum; else a file of `aisle train ranker`."""

    index: str = ""
    """Where the vectors are searched: `local`, in the shop's own files, or `milvus://HOST:PORT/COLLECTION`, where every
    version has a collection of its own whose name begins so. Empty: where the live version's are, else `local`."""

    vectors: str = ""
    """Directory of `aisle batch embed`: product texts whose vectors it has do not go through the encoder again. Empty:
    only what the live version has is taken over."""

    head_queries: int = 1000
    """Most searched queries whose vectors are made with the version, so that they never wait for the encoder."""

    query_writer: str = ""
    """Model of `aisle train queries` that writes queries nobody has searched for; those with results are suggested.
    Empty: none is written."""

    keep_versions: int = 3
    """Versions kept on disk, the live one included; older ones are deleted after the swap."""

    min_sessions: int = 5
    """Distinct sessions that must have searched for a query before it may be suggested to others."""

    def __post_init__(self) -> None:
        if self.keep_versions < 2:
            raise UserError(
                f"keep_versions is {self.keep_versions}; it must be at least 2, or nothing could be rolled back"
            )
        if not 0 <= self.head_queries <= 100_000:
            raise UserError(f"head_queries is {self.head_queries}; it must be from 0 to 100,000")
        if self.min_sessions < 1:
            raise UserError(f"min_sessions is {self.min_sessions}; it must be at least 1")
