"""What the ranker looks at: a number each for a query and a product.

`aisle.search.features` works them out. A ranker names the features it was learned on, so that one learned on others is
refused instead of misread.
"""

from __future__ import annotations

FEATURES: dict[str, str] = {
    "lexical": "score of its words, 0 to 1",
    "cosine": "cosine of its vector with the query's",
    "lexical_behind": "how far its words are behind the best product's",
    "cosine_behind": "how far its cosine is behind the best product's",
    "pieces": "how well the pieces of its words meet the query's; 0 where the towers have none",
    "pieces_behind": "how far that is behind the best product's",
    "meaning": "cosine and pieces in the share that is used without a ranker; the cosine where there are none",
    "meaning_behind": "how far that is behind the best product's",
    "blended": "words and meaning in the share that is used without a ranker",
    "feedback": "cosine of its vector with the mean vector of the query's first hits",
    "feedback_behind": "how far that is behind the best product's",
    "words_held": "share of the query's words that it holds in any form",
    "weight_held": "the same, rare words counting for more",
    "words_exact": "share of the query's words that it holds as typed",
    "head_held": "whether it holds the query's last word, most often what the thing is",
    "first_held": "whether it holds the query's first word",
    "pairs_held": "share of the query's neighbouring words that stand side by side in its title; 0 where none can",
    "numbers_missed": "share of the query's numbers, sizes and codes that it lacks; 0 where it names none",
    "rarest_held": "whether it holds the query's rarest known word",
    "title_words": "words of its title (logarithm)",
    "title_covered": "words of the query that it holds, as a share of the words of its title",
    "query_words": "words of the query",
    "brand_named": "whether the query names its brand",
    "category_share": "share of the query's first hits that are of its category",
    "shelf_share": "share of the query's first hits that are of its department",
    "popularity": "how often it is put into carts, from 0 (never) to 1 (most of all; logarithm)",
    "price_gap": "how far its price is from that of the first hits (logarithm); 0 where one is unknown",
    "in_stock": "whether it can be bought",
}
"""Name to meaning, in the order of the columns of a feature matrix."""

NAMES: tuple[str, ...] = tuple(FEATURES)
