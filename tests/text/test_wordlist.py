from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aisle.text.wordlist import WordList

counts = st.dictionaries(st.text(alphabet="abcé牛", min_size=1, max_size=5), st.integers(1, 99))


@given(counts, st.text(alphabet="abcé牛", max_size=4))
def test_it_is_a_sorted_list_that_counts_and_completes(given_counts: dict[str, int], prefix: str) -> None:
    words = WordList.build(given_counts)
    assert list(words) == words[:] == sorted(given_counts)
    assert all(words.count(word) == count for word, count in given_counts.items())
    assert words.count(prefix) == given_counts.get(prefix, 0)
    longer = [word for word in sorted(given_counts) if word.startswith(prefix)]
    assert words.starting_with(prefix, most=2) == sorted(longer, key=lambda word: -given_counts[word])[:2]
