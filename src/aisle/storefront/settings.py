"""How a version of a shop is built."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildSettings:
    """Settings of one build."""

    encoder: str = "minilm"
    """Encoder of products and queries: `minilm`, a checkpoint directory, or `none` for lexical search alone."""

    keep_versions: int = 3
    """Versions kept on disk, the live one included; older ones are deleted after the swap."""

    min_sessions: int = 5
    """Distinct sessions that must have searched for a query before it may be suggested to others."""

    def __post_init__(self) -> None:
        if self.keep_versions < 2:
            raise UserError(
                f"keep_versions is {self.keep_versions}; it must be at least 2, or nothing could be rolled back"
            )
        if self.min_sessions < 1:
            raise UserError(f"min_sessions is {self.min_sessions}; it must be at least 1")
