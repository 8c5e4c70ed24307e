"""`--record DIR`, which every evaluation has: keep the numbers for the page /lab."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aisle.cli.output import notices


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """An evaluation that can be kept."""

    record: Path | None = None
    """Directory to keep the result in, with its command, for the page /lab; none: it is only printed."""

    def keep(
        self,
        kind: str,
        subject: str,
        data: Sequence[Path | str],
        numbers: Mapping[str, Any],
        figure: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the record if one is wanted."""
        if self.record is None:
            return
        from aisle.evaluation.record import keep_evaluation

        path = keep_evaluation(
            self.record,
            kind=kind,
            subject=subject,
            data=[str(file) for file in data],
            command=["aisle", *sys.argv[1:]],
            numbers=numbers,
            figure=figure,
        )
        notices.print(f"kept in {path}")
