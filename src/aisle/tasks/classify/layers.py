"""Which layers learn, and how fast each."""

from __future__ import annotations

from typing import Any

from torch import nn

from aisle.errors import UserError
from aisle.tasks.classify.model import ClassifierModel
from aisle.tasks.classify.settings import ClassifierSettings
from aisle.training.optimizer import groups_by_decay
from aisle.training.settings import TrainingSettings


def freeze(model: ClassifierModel, settings: ClassifierSettings) -> None:
    """Stop the gradient of what shall not train.

    Raises
        UserError: the encoder has not that many layers.
    """
    layers = model.encoder.layers
    if settings.freeze_layers > len(layers):
        raise UserError(f"freeze_layers is {settings.freeze_layers}, and the encoder has {len(layers)} layers")
    if settings.freeze_layers < 0:
        model.encoder.requires_grad_(False)
        return
    for layer in layers[: settings.freeze_layers]:
        layer.requires_grad_(False)
    if settings.freeze_embeddings or settings.freeze_layers:
        model.encoder.embeddings.requires_grad_(False)


def parameter_groups(
    model: ClassifierModel, settings: ClassifierSettings, training: TrainingSettings
) -> list[dict[str, Any]]:
    """The head at its rate, the topmost layer at the full one, each layer below at `layer_decay` of the one above.

    Source: Howard and Ruder 2018 (ULMFiT, arXiv 1801.06146), section 3.2, "discriminative fine-tuning".
    """
    layers: list[nn.Module] = list(model.encoder.layers)
    stack = [model.encoder.embeddings, *layers]
    rate = training.learning_rate
    groups = groups_by_decay(_training(model.head), training, settings.head_learning_rate or rate)
    for depth, part in enumerate(reversed(stack)):
        groups += groups_by_decay(_training(part), training, rate * settings.layer_decay**depth)
    # What else an encoder may have stands above its layers.
    placed = {id(weight) for part in (*stack, model.head) for weight in part.parameters()}
    rest = [weight for weight in _training(model) if id(weight) not in placed]
    return groups + groups_by_decay(rest, training, rate)


def _training(part: nn.Module) -> list[nn.Parameter]:
    return [weight for weight in part.parameters() if weight.requires_grad]
