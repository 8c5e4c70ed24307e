"""Causal language model: what is the next token?

Legend: B rows, T tokens of each, N tokens to tell, D hidden size, V vocabulary.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import cross_entropy

from aisle.model.decoder import Decoder
from aisle.model.encoder_decoder import EncoderDecoder

IGNORED = -100


def next_token_loss(decoder: Decoder, ids_BT: Tensor, *, smoothing: float = 0.0) -> tuple[Tensor, int]:
    """Cross-entropy of each token given those before it, in nats: the mean over tokens, and how many they are.

    Formula: `-mean_{b, t ≥ 1} log p(id_t | id_0 … id_{t-1})`. `smoothing` gives that share of the probability that is
    aimed at to all tokens alike (label smoothing, arXiv 1512.00567), as Smart Compose does (arXiv 1906.00080).
    Source: Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training", equation 1.
    When: a model that is to write, or to complete what is being written.
    """
    hidden_ND = decoder.hidden(ids_BT[:, :-1]).flatten(end_dim=1)
    targets_N = ids_BT[:, 1:].flatten()
    return cross_entropy(decoder.scores(hidden_ND).float(), targets_N, label_smoothing=smoothing), len(targets_N)


def target_loss(
    model: EncoderDecoder,
    source_BS: Tensor,
    source_mask_BS: Tensor | None,
    target_BT: Tensor,
    *,
    smoothing: float = 0.0,
) -> tuple[Tensor, int]:
    """Cross-entropy of each target token given the source and the target so far: the mean, and their number.

    Targets start with `start_id`, end with `end_id`, and are filled up with `pad_id` behind it; padding is not told.
    Formula: `-mean_{b, t ≥ 1} log p(target_t | source, target_0 … target_{t-1})`.
    Source: Sutskever et al. 2014 (arXiv 1409.3215), section 2, with a Transformer (arXiv 1706.03762) for its networks.
    When: a text is to be turned into another one: a question into SQL, a document into its summary.
    """
    scores_BTV = model(source_BS, target_BT[:, :-1], source_mask_BS)
    # Only padding behind the first end: start, end and padding may share an id, as they do in BART.
    told_BT = target_BT[:, 1:].clone()
    ended_BT = (told_BT == model.config.end_id).cumsum(dim=1)
    told_BT[(ended_BT > 1) | ((ended_BT == 1) & (told_BT != model.config.end_id))] = IGNORED
    count = int((told_BT != IGNORED).sum())
    loss = cross_entropy(
        scores_BTV.float().flatten(end_dim=1), told_BT.flatten(), ignore_index=IGNORED, label_smoothing=smoothing
    )
    return loss, count
