"""How likely the k-th place of a list is looked at, estimated from the log alone.

Shoppers act on what they look at: engagements = looks x appeal. Where one product was shown for one query at several
places (the ranking changed, stores differ), its appeal is the same at all of them, and only the looks differ. So the
expected number of engagements of pair i at place k is n_ik * theta_k * gamma_i, and both are fitted by maximum
likelihood of a Poisson model with an effect for every pair, which a pair seen at one place alone cannot sway.
After Agarwal et al. 2019, "Estimating Position Bias without Intrusive Interventions"; the position-based model is that
of Craswell et al. 2008, section 3.

Legend: R rows (one for a pair at a place), I pairs, K places.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ENOUGH = 50
"""Engagements that a place needs to be judged by itself; deeper places take over the last one that has them."""
_STEPS = 300
_SETTLED = 1e-6


def estimate_propensities(
    pair_R: NDArray[np.int64], place_R: NDArray[np.int64], seen_R: NDArray[np.int64], engaged_R: NDArray[np.int64]
) -> NDArray[np.float64] | None:
    """Looks at each place relative to the first, (K,); None where fewer than two places have enough engagements.

    `pair_R` numbers the pairs from 0, `place_R` the places from 1, `seen_R` counts sessions that were shown the pair at
    the place, and `engaged_R` those of them that clicked or carted it.
    """
    if not len(pair_R):
        return None
    pairs, places = int(pair_R.max()) + 1, int(place_R.max())
    at_R = place_R - 1
    engaged_K = np.bincount(at_R, engaged_R, places)
    deep = int(np.argmin(engaged_K >= ENOUGH)) if (engaged_K < ENOUGH).any() else places
    if deep < 2:
        return None
    # Deeper places are one bin: rarely seen, they would follow chance.
    at_R = np.minimum(at_R, deep - 1)
    engaged_K = np.bincount(at_R, engaged_R, deep)
    engaged_I = np.bincount(pair_R, engaged_R, pairs)
    theta_K = np.ones(deep)
    for _ in range(_STEPS):
        looks_I = np.bincount(pair_R, seen_R * theta_K[at_R], pairs)
        gamma_I = np.divide(engaged_I, looks_I, out=np.zeros(pairs), where=looks_I > 0)
        expected_K = np.bincount(at_R, seen_R * gamma_I[pair_R], deep)
        new_K = np.divide(engaged_K, expected_K, out=theta_K.copy(), where=expected_K > 0)
        new_K /= new_K[0]
        settled = float(np.abs(new_K - theta_K).max()) < _SETTLED
        theta_K = new_K
        if settled:
            break
    return np.concatenate([theta_K, np.full(places - deep, theta_K[-1])])
