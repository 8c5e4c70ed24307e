"""Classification: which of some classes is a text of, or which of them, several at a time?

Legend: N texts, C classes.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


def classification_loss(
    logits_NC: Tensor, classes_N: Tensor, *, weights_C: Tensor | None = None, smoothing: float = 0.0
) -> Tensor:
    """Cross-entropy of the right class, in the mean over texts, one number.

    Formula: `-mean_n w[y_n] sum_c q_nc log softmax(z_n)[c]` with `q_nc = (1 - s) [c = y_n] + s / C`.
    Shapes: logits (N, C); classes (N,) from 0 to C - 1; weights (C,), with a mean of 1 over the training texts if the
    loss is to keep its size. The sum is divided by N and not by the weights, so that parts of a batch add up to it.
    Source: Devlin et al. 2018 (arXiv 1810.04805), section 4.1; smoothing: Szegedy et al. 2015 (arXiv 1512.00567),
    section 7.
    When: every text has exactly one class. Weights when rare classes count as much as common ones; smoothing (0.05 to
    0.1) when labels are noisy.
    """
    losses_N = cross_entropy(logits_NC, classes_N, reduction="none", label_smoothing=smoothing)
    if weights_C is not None:
        losses_N = losses_N * weights_C[classes_N]
    return losses_N.mean()


def multi_label_loss(
    logits_NC: Tensor, has_NC: Tensor, *, weights_C: Tensor | None = None, smoothing: float = 0.0
) -> Tensor:
    """A yes-or-no cross-entropy a class, summed over classes, in the mean over texts, one number.

    Formula: `-mean_n sum_c (w_c q_nc log σ(z_nc) + (1 - q_nc) log(1 - σ(z_nc)))` with `q = (1 - s) has + s / 2`.
    Shapes: logits (N, C); has (N, C), 1 where the text has the class, else 0; weights (C,) of having it.
    Source: the usual one, such as Demszky et al. 2020 (GoEmotions, arXiv 2005.00547), section 5.2. Summed over classes
    and not averaged: with many classes of which a text has one or two, the gradient is then as large as that of a
    softmax, and the same learning rates fit.
    When: a text may have several classes, or none.
    """
    targets_NC = has_NC.to(logits_NC.dtype) * (1 - smoothing) + smoothing / 2
    losses_NC = binary_cross_entropy_with_logits(logits_NC, targets_NC, reduction="none", pos_weight=weights_C)
    return losses_NC.sum(dim=1).mean()
