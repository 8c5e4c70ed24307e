from __future__ import annotations

import pytest
import torch
from torch import nn

from aisle.training.optimizer import make_optimizer, set_learning_rate, usual_groups
from aisle.training.settings import TrainingSettings
from tests.training.toy import ToyTask

SETTINGS = TrainingSettings(learning_rate=0.5, weight_decay=0.1)


def test_biases_and_layer_norm_do_not_decay() -> None:
    module = ToyTask().module
    names = {id(weight): name for name, weight in module.named_parameters()}
    decayed, others = usual_groups(module, SETTINGS)
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert all(names[id(weight)].endswith("weight") for weight in decayed["params"])
    assert not any("norm" in names[id(weight)] for weight in decayed["params"])
    assert all("norm" in names[id(weight)] or names[id(weight)].endswith("bias") for weight in others["params"])
    assert len(decayed["params"]) + len(others["params"]) == len(names)


def test_what_is_frozen_is_in_no_group() -> None:
    module = ToyTask().module
    module.encoder.embeddings.requires_grad_(False)
    grouped = {id(weight) for group in usual_groups(module, SETTINGS) for weight in group["params"]}
    assert grouped == {id(weight) for weight in module.parameters() if weight.requires_grad}


def test_every_group_keeps_its_own_peak() -> None:
    module = nn.Linear(2, 2)
    groups = [{"params": [module.weight], "lr": 0.4}, {"params": [module.bias], "lr": 0.1, "weight_decay": 0.0}]
    optimizer = make_optimizer(module, SETTINGS, groups)
    assert set_learning_rate(optimizer, 0.5) == 0.2
    assert [group["lr"] for group in optimizer.param_groups] == [0.2, 0.05]
    assert set_learning_rate(optimizer, 1.0) == 0.4


def test_a_step_by_hand() -> None:
    module = nn.Linear(1, 1)
    with torch.no_grad():
        module.weight.fill_(2.0)
        module.bias.fill_(2.0)
    optimizer = make_optimizer(module, SETTINGS, None)
    module.weight.grad = torch.full((1, 1), 3.0)
    module.bias.grad = torch.full((1,), 3.0)
    optimizer.step()
    # Adam's first step is the learning rate in the direction of the gradient; the weight has decayed before.
    assert module.weight.item() == pytest.approx(2 * (1 - 0.5 * 0.1) - 0.5)
    assert module.bias.item() == pytest.approx(2 - 0.5)
