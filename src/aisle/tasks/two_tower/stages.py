"""One stage of training, or two: on all pairs with shared weights, then on the good ones with a tower each.

Source of the cascade: what is told of ITEMS (arXiv 2209.05555): order by quality of data, not by difficulty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aisle.errors import UserError
from aisle.tasks.two_tower.data import Pairs, Wares
from aisle.tasks.two_tower.loading import Loaded, load_two_tower
from aisle.tasks.two_tower.settings import TwoTowerSettings
from aisle.text.templates import Template
from aisle.training.loop import TrainingResult, train
from aisle.training.progress import TrainingProgress
from aisle.training.records import Records
from aisle.training.settings import TrainingSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class StageReport:
    """How one stage went."""

    stage: str
    """`single`, `warm-up` or `cascade`."""
    pairs: int
    queries: int
    tied: bool
    truncated_products: int
    truncated_queries: int
    result: TrainingResult | None
    """None for a warm-up that an earlier call had finished."""


def warm_up_directory(output: Path) -> Path:
    """Where the first stage of a cascade is kept: an encoder that can be used, and compared with."""
    return output.with_name(f"{output.name}.warm-up")


def train_towers(
    encoder: str | Path,
    wares: Wares,
    pairs: Pairs,
    settings: TwoTowerSettings,
    training: TrainingSettings,
    output: Path,
    *,
    template: Template,
    about: Mapping[str, Any],
    progress: TrainingProgress,
    dev: Pairs | None = None,
) -> list[StageReport]:
    """Train every stage; the towers are in `output`, a report for each stage comes back.

    A stage that was interrupted goes on where it was, one that is finished is not done again.

    Raises
        UserError: a cascade without pairs of high quality, or whatever `train` and `load_two_tower` raise.
    """

    def load(start: str | Path, some: Pairs, how: TrainingSettings, untied: bool) -> Loaded:
        return load_two_tower(start, wares, some, settings, how, template=template, untied=untied, dev=dev)

    if settings.stages == "single":
        untied = settings.towers == "untied"
        loaded = load(encoder, pairs, training, untied)
        result = train(loaded.task, training, output, progress=progress, about={**about, "stage": "single"})
        return [_report("single", loaded, result)]

    good = pairs.of_high_quality()
    first_about = {**about, "stage": "warm-up"}
    first_output = warm_up_directory(output)
    loaded = load(encoder, pairs, training, False)
    done = _is_done(first_output, training, first_about)
    first = None if done else train(loaded.task, training, first_output, progress=progress, about=first_about)
    reports = [_report("warm-up", loaded, first)]
    second = replace(training, epochs=settings.second_epochs, learning_rate=settings.second_learning_rate, max_steps=0)
    loaded = load(first_output, good, second, settings.towers != "tied")
    result = train(loaded.task, second, output, progress=progress, about={**about, "stage": "cascade"})
    return [*reports, _report("cascade", loaded, result)]


def _is_done(output: Path, training: TrainingSettings, about: Mapping[str, Any]) -> bool:
    """Whether a finished run of exactly these settings is there.

    Raises
        UserError: a finished run of other settings is there.
    """
    records = Records(output)
    if not records.run_file.is_file() or records.read().get("status") != "finished":
        return False
    there = records.read()
    if (there["settings"], there["about"]) != (asdict(training), json.loads(json.dumps(dict(about)))):
        raise UserError(f"{output} holds a finished warm-up of other settings; remove it or choose another output")
    return True


def _report(stage: str, loaded: Loaded, result: TrainingResult | None) -> StageReport:
    return StageReport(
        stage=stage,
        pairs=loaded.pairs,
        queries=loaded.queries,
        tied=loaded.task.module.tied,
        truncated_products=loaded.truncated_products,
        truncated_queries=loaded.truncated_queries,
        result=result,
    )
