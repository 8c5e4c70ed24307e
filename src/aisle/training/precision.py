"""Which arithmetic the forward pass has here, and the line that says so."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import nn
from torch.nn.attention import SDPBackend

from aisle.errors import UserError
from aisle.model.attention import MultiHeadAttention
from aisle.runtime.hardware import capabilities
from aisle.training.settings import TrainingPrecision


def has_bf16(device: torch.device) -> bool:
    """Whether the device multiplies bf16 in hardware. Most processors only imitate it, slower than float32."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and "BF16" in capabilities()


def gains_from_bf16(device: torch.device) -> bool:
    """Whether bf16 is also faster there.

    An x86 processor needs AMX for that. AVX-512's own bf16 instruction adds up two products at a time at half the rate
    of float32's one, and the casts come on top: 43 to 87 GFLOP/s a core were measured where float32 had 97 to 168.
    """
    if not has_bf16(device):
        return False
    if device.type != "cpu":
        return True
    features = torch.cpu.get_capabilities()
    return bool(features.get("amx_bf16")) or features.get("architecture") != "x86_64"


def chosen_precision(asked: TrainingPrecision, device: torch.device) -> TrainingPrecision:
    """`f32` or `bf16`; `auto` is whichever is faster.

    Raises
        UserError: bf16 was asked for by name and the hardware lacks it.
    """
    if asked == "bf16" and not has_bf16(device):
        raise UserError("precision bf16 was asked for, and this hardware has no bf16 arithmetic; use f32 or auto")
    return "bf16" if asked == "bf16" or (asked == "auto" and gains_from_bf16(device)) else "f32"


def arithmetic(precision: TrainingPrecision, device: torch.device) -> AbstractContextManager[object]:
    """What to compute a loss within."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else nullcontext()


def attention_kernel(module: nn.Module, device: torch.device) -> str:
    """The kernel that `scaled_dot_product_attention` takes in training; attention dropout rules some of them out."""
    rates = [part.dropout for part in module.modules() if isinstance(part, MultiHeadAttention)]
    probe = torch.zeros(1, 1, 8, 8, device=device, requires_grad=True)
    choice = torch._fused_sdp_choice(probe, probe, probe, None, max(rates, default=0.0), False)
    return SDPBackend(choice).name.lower().removesuffix("_attention")


def opening_line(module: nn.Module, precision: TrainingPrecision, device: torch.device, processes: int) -> str:
    """Precision, attention kernel, threads or device, and what is frozen, in one line."""
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} CPU threads"
    many = f" in each of {processes} processes" if processes > 1 else ""
    return f"{precision}, attention kernel {attention_kernel(module, device)}, {where}{many}, {frozen(module)}"


def frozen(module: nn.Module) -> str:
    """How many weights train, and which parts do not."""
    total = sum(parameter.numel() for parameter in module.parameters())
    still = {name: weight for name, weight in module.named_parameters() if not weight.requires_grad}
    if not still:
        return f"all {total:,} weights train"
    trained = total - sum(weight.numel() for weight in still.values())
    return f"{trained:,} of {total:,} weights train, frozen: {', '.join(_parts(module, set(still)))}"


def _parts(module: nn.Module, still: set[str], prefix: str = "") -> list[str]:
    """The fewest module names that cover the frozen weights."""
    own = [f"{prefix}{name}" for name, _ in module.named_parameters(recurse=False)]
    names = [name for name in own if name in still]
    for child, part in module.named_children():
        inner = [f"{prefix}{child}.{name}" for name, _ in part.named_parameters()]
        if inner and all(name in still for name in inner):
            names.append(f"{prefix}{child}")
        elif any(name in still for name in inner):
            names += _parts(part, still, f"{prefix}{child}.")
    return names
