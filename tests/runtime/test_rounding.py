"""How a linear layer is rounded to eight bits. Legend: N tokens, K inputs, M columns, O outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from aisle.errors import DamagedError
from aisle.runtime.quantization import LinearQuantization, load_quantization, save_quantization
from aisle.runtime.rounding import SPLIT_SHARE, read_columns, round_linear, round_weights

K, OUT = 96, 16


def layer(seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Inputs with one channel far wider than the others, weights, bias."""
    random = np.random.default_rng(seed)
    inputs_NK = random.normal(size=(400, K)).astype(np.float32)
    inputs_NK[:, 7] = np.where(random.random(400) < 0.05, 30, 0) + random.normal(size=400) * 0.3
    return inputs_NK, random.normal(size=(OUT, K)).astype(np.float32), random.normal(size=OUT).astype(np.float32)


def product(plan: LinearQuantization, inputs_NK: NDArray[np.float32]) -> NDArray[np.float32]:
    columns_NM = read_columns(inputs_NK, plan.channels_M, plan.gain_M, plan.shift_M)
    return columns_NM @ plan.weight_OM.T.astype(np.float32) * plan.scale_O + plan.bias_O


@pytest.mark.parametrize("may_split", [False, True])
@pytest.mark.parametrize("centred", [False, True])
def test_the_rounded_layer_is_close_to_the_exact_one(may_split: bool, centred: bool) -> None:
    inputs_NK, weight_OK, bias_O = layer()
    plan = round_linear(inputs_NK, weight_OK, bias_O, may_split=may_split, centred=centred)
    exact_NO = inputs_NK @ weight_OK.T + bias_O
    error_NO = product(plan, inputs_NK) - exact_NO
    assert np.sqrt((error_NO**2).mean()) < 0.02 * exact_NO.std()


def test_the_mean_output_is_right() -> None:
    inputs_NK, weight_OK, bias_O = layer(1)
    plan = round_linear(inputs_NK, weight_OK, bias_O, may_split=True, centred=True)
    error_O = (product(plan, inputs_NK) - (inputs_NK @ weight_OK.T + bias_O)).mean(0)
    assert np.abs(error_O).max() < 1e-4


def test_splitting_wide_channels_makes_the_layer_more_exact() -> None:
    inputs_NK, weight_OK, bias_O = layer(2)
    exact_NO = inputs_NK @ weight_OK.T + bias_O
    plans = [round_linear(inputs_NK, weight_OK, bias_O, may_split=may, centred=True) for may in (False, True)]
    whole, split = (float(np.square(product(plan, inputs_NK) - exact_NO).mean()) for plan in plans)
    assert split < 0.8 * whole


def test_a_split_channel_is_the_sum_of_its_columns() -> None:
    inputs_NK, weight_OK, bias_O = layer(3)
    plan = round_linear(inputs_NK, weight_OK, bias_O, may_split=True, centred=True)
    assert plan.splits_channels
    assert len(plan.channels_M) == K + K // SPLIT_SHARE
    (columns,) = np.nonzero(plan.channels_M == 7)
    assert len(columns) > 1
    columns_NM = read_columns(inputs_NK, plan.channels_M, plan.gain_M, plan.shift_M)
    restored_N = (columns_NM[:, columns] / plan.gain_M[columns]).sum(1) + inputs_NK[:, 7].min()
    steps = 1 / plan.gain_M[columns].min()
    assert np.abs(restored_N - inputs_NK[:, 7]).max() <= steps


def test_unrelated_inputs_are_rounded_to_the_nearest() -> None:
    random = np.random.default_rng(4)
    exact_OM = random.normal(size=(5, 9))
    rounded_OM, scale_O = round_weights(exact_OM, np.diag(random.random(9) + 1).astype(np.float32))
    assert np.array_equal(rounded_OM, np.round(exact_OM / scale_O[:, None]))


def test_related_inputs_make_up_for_each_others_errors() -> None:
    random = np.random.default_rng(5)
    exact_OM = random.normal(size=(8, 40))
    shared_NM = random.normal(size=(500, 4)) @ random.normal(size=(4, 40))
    inputs_NM = shared_NM + random.normal(size=(500, 40)) * 0.1
    rounded_OM, scale_O = round_weights(exact_OM, (inputs_NM.T @ inputs_NM).astype(np.float32))
    nearest_OM = np.round(exact_OM / scale_O[:, None])

    def error(weights_OM: NDArray[np.generic]) -> float:
        return float(np.square(inputs_NM @ (weights_OM * scale_O[:, None] - exact_OM).T).mean())

    assert error(rounded_OM) < 0.5 * error(nearest_OM)


def test_what_follows_a_layer_can_be_folded_into_it() -> None:
    inputs_NK, weight_OK, bias_O = layer(6)
    plan = round_linear(inputs_NK, weight_OK, bias_O, may_split=False, centred=True)
    gain_O, shift_O = np.linspace(0.5, 2, OUT, dtype=np.float32), np.linspace(-1, 1, OUT, dtype=np.float32)
    folded_NO = product(plan.then(gain_O, shift_O), inputs_NK)
    np.testing.assert_allclose(folded_NO, product(plan, inputs_NK) * gain_O + shift_O, rtol=1e-4, atol=1e-4)
    rows = np.array([3, 0, 3])
    np.testing.assert_array_equal(product(plan.outputs(rows), inputs_NK), product(plan, inputs_NK)[:, rows])


def test_a_channel_that_never_moves_is_no_trouble() -> None:
    inputs_NK, weight_OK, bias_O = layer(7)
    inputs_NK[:, 3] = 5
    plan = round_linear(inputs_NK, weight_OK, bias_O, may_split=True, centred=True)
    exact_NO = inputs_NK @ weight_OK.T + bias_O
    assert np.abs(product(plan, inputs_NK) - exact_NO).max() < 0.1 * exact_NO.std()


def test_a_plan_is_read_as_it_was_kept(tmp_path: Path) -> None:
    inputs_NK, weight_OK, bias_O = layer()
    plan = round_linear(inputs_NK, weight_OK, bias_O, may_split=True, centred=True)
    path = tmp_path / "plan.safetensors"
    save_quantization(path, {"encoder.layer.0.output.dense": plan})
    (name, read), *rest = load_quantization(path).items()
    assert (name, rest) == ("encoder.layer.0.output.dense", [])
    np.testing.assert_array_equal(product(read, inputs_NK), product(plan, inputs_NK))


def test_a_plan_that_lacks_a_part_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "plan.safetensors"
    save_file({"a/channels_M": np.arange(3)}, str(path))
    with pytest.raises(DamagedError, match="delete it"):
        load_quantization(path)
