"""What counts should weigh beside a network: the share under which held-out text is likeliest.

Expectation maximisation of a mixture's weight (Jelinek and Mercer 1980): a token is ascribed to the counts by the part
that they have in its probability, and the share is the mean of that over all tokens.

Legend: N tokens.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from aisle.model.decoder import Decoder
from aisle.tasks.complete.ngrams import NgramModel

_MOST_TOKENS = 5_000
_ROUNDS = 50
LEAST, GREATEST = 0.05, 0.95
"""Neither is ever left out: held-out text is little, and of the same kind as the rest."""


def fitted_share(decoder: Decoder, counted: NgramModel, held_out_N: NDArray[np.uint16]) -> float:
    """From `LEAST` to `GREATEST`."""
    tokens_N = held_out_N[: _MOST_TOKENS + 1].astype(np.int64)
    network_N = _told_by_network(decoder, tokens_N)
    return likeliest_share(network_N, counted.told(tokens_N.tolist()))


def likeliest_share(network_N: NDArray[np.floating], counted_N: NDArray[np.floating]) -> float:
    """From the log-probabilities of the same tokens."""
    ratio_N = np.exp(np.clip(network_N.astype(np.float64) - counted_N, -50, 50))
    share = 0.5
    for _ in range(_ROUNDS):
        share = float((share / (share + (1 - share) * ratio_N)).mean())
    return min(max(share, LEAST), GREATEST)


@torch.no_grad()
def _told_by_network(decoder: Decoder, tokens_N: NDArray[np.int64]) -> NDArray[np.float32]:
    device = next(decoder.parameters()).device
    trained = decoder.training
    decoder.eval()
    parts = []
    for start in range(0, len(tokens_N) - 1, decoder.config.max_positions):
        block_T = torch.from_numpy(tokens_N[start : start + decoder.config.max_positions + 1]).to(device)
        scores_TV = decoder(block_T[None, :-1])[0].float().log_softmax(dim=-1)
        parts.append(scores_TV.gather(1, block_T[1:, None])[:, 0].cpu().numpy())
    decoder.train(trained)
    told_N: NDArray[np.float32] = np.concatenate(parts)
    return told_N
