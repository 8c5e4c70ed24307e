from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.suggest.build import build_suggestions
from aisle.suggest.candidates import Candidate, merged
from aisle.suggest.index import SuggestIndex
from aisle.suggest.layout import TOPS, WIDE
from aisle.suggest.literal import same_families
from aisle.suggest.matching import fold, locate, typed_key
from aisle.suggest.settings import IndexSettings


def searched(text: str, popularity: float, *stores: str, **by_store: float) -> Candidate:
    return Candidate(
        text=text, popularity=popularity, stores=stores, source="events", store_popularity=tuple(by_store.items())
    )


def opened(directory: Path, *candidates: Candidate) -> SuggestIndex:
    build_suggestions(directory, candidates)
    return SuggestIndex.open(directory)


def texts(index: SuggestIndex, prefix: str, *, store: str = "", k: int = 10) -> list[str]:
    return [suggestion.text for suggestion in index.suggest(prefix, store=store, k=k)]


@pytest.fixture
def grocery(tmp_path: Path) -> SuggestIndex:
    return opened(
        tmp_path,
        searched("milk", 90),
        searched("oat milk", 120),
        searched("vanilla ice cream", 60),
        searched("ice cream", 40),
        searched("iced tea", 70),
        searched("ice", 10),
        searched("rice", 99),
        searched("coca-cola", 30),
        searched("7 up", 20),
        searched("ben & jerry's", 15),
    )


def test_typed_text_matches_at_the_start_of_any_word_most_popular_first(grocery: SuggestIndex) -> None:
    assert texts(grocery, "ic") == ["iced tea", "vanilla ice cream", "ice cream", "ice"]
    assert texts(grocery, "ice c") == ["vanilla ice cream", "ice cream"]
    assert [one.text for one in grocery.suggest("ream") if one.match != "fuzzy"] == []


def test_an_exact_match_comes_first_whatever_its_popularity(grocery: SuggestIndex) -> None:
    assert texts(grocery, "ice") == ["ice", "iced tea", "vanilla ice cream", "ice cream"]
    assert texts(grocery, "milk") == ["milk", "oat milk"]
    assert texts(grocery, "mil") == ["oat milk", "milk"]


def test_a_space_ends_the_word(grocery: SuggestIndex) -> None:
    assert texts(grocery, "ice ") == ["ice", "vanilla ice cream", "ice cream"]


def test_matches_are_labelled_and_located(grocery: SuggestIndex) -> None:
    word, prefix = grocery.suggest("ice c")
    assert (word.text, word.match, word.text[word.start : word.end]) == ("vanilla ice cream", "word", "ice c")
    assert (prefix.text, prefix.match, prefix.start, prefix.end) == ("ice cream", "prefix", 0, 5)


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("coca c", "coca-cola", "coca-c"),
        ("cola", "coca-cola", "cola"),
        ("7u", "7 up", "7 u"),
        ("7 U", "7 up", "7 u"),
        ("ben and jerrys", "ben & jerry's", "ben & jerry's"),
        ("Ben & Jerry’s", "ben & jerry's", "ben & jerry's"),
        ("ìcé", "ice", "ice"),
    ],
)
def test_spelling_is_folded_on_both_sides(grocery: SuggestIndex, typed: str, text: str, marked: str) -> None:
    suggestion = grocery.suggest(typed)[0]
    assert suggestion.text == text
    assert suggestion.text[suggestion.start : suggestion.end] == marked


def test_nothing_typed_gives_the_most_popular_and_punctuation_gives_nothing(grocery: SuggestIndex) -> None:
    assert texts(grocery, "", k=3) == ["oat milk", "rice", "milk"]
    assert texts(grocery, "  ", k=1) == ["oat milk"]
    assert texts(grocery, "?!") == []


def test_shorter_lists_are_the_beginnings_of_longer_ones(grocery: SuggestIndex) -> None:
    longest = grocery.suggest("i", k=100)
    for k in range(1, 6):
        assert grocery.suggest("i", k=k) == longest[:k]


def test_equally_popular_ones_are_in_alphabetical_order(tmp_path: Path) -> None:
    index = opened(tmp_path, *(searched(f"tea {word}", 5) for word in ("rooibos", "black", "green")))
    assert texts(index, "tea") == ["tea black", "tea green", "tea rooibos"]


def test_one_candidate_appears_once_though_several_of_its_words_match(tmp_path: Path) -> None:
    (only,) = opened(tmp_path, searched("chocolate chip cookie", 5)).suggest("c")
    assert (only.match, only.start) == ("prefix", 0)


def test_a_store_is_served_what_it_can_serve(tmp_path: Path) -> None:
    index = opened(tmp_path, searched("milk", 9), searched("oat milk", 8, "north"), searched("goat milk", 7, "south"))
    assert texts(index, "milk", store="north") == ["milk", "oat milk"]
    assert texts(index, "goat", store="north") == []
    assert texts(index, "goat milk", store="south") == ["goat milk"]
    assert texts(index, "milk") == ["milk", "oat milk", "goat milk"]
    assert texts(index, "milk", store="west") == ["milk"]


def test_a_stores_own_popularity_leads_and_that_of_all_stores_fills_up(tmp_path: Path) -> None:
    index = opened(
        tmp_path,
        searched("tea black", 500),
        searched("tea green", 300, north=200),
        searched("tea mint", 200, north=20, south=5),
    )
    assert texts(index, "te") == ["tea black", "tea green", "tea mint"]
    assert texts(index, "te", store="south") == ["tea black", "tea green", "tea mint"]
    # The share of all sessions, worth 1,000, and the store's own.
    scores = [one.score for one in index.suggest("te", store="north")]
    assert scores == pytest.approx([500, 300 + 200, 200 + 20])
    build_suggestions(
        tmp_path, [searched("tea black", 500), searched("tea green", 300, north=200)],
        settings=IndexSettings(backoff_sessions=100),
    )  # fmt: skip
    assert texts(SuggestIndex.open(tmp_path), "te", store="north") == ["tea green", "tea black"]


def literally(index: SuggestIndex, prefix: str, *, store: str = "", k: int = 10) -> list[str]:
    """What is found by its letters as they were typed, which is always above all else."""
    found = index.suggest(prefix, store=store, k=k)
    literal = [locate(fold(one.text), typed_key(prefix)) >= 0 and one.match != "generated" for one in found]
    assert literal == sorted(literal, reverse=True)
    return [one.text for one, whole in zip(found, literal, strict=True) if whole]


def by_brute_force(candidates: Sequence[Candidate], prefix: str, store: str, k: int) -> list[str]:
    typed = typed_key(prefix)
    if not typed and prefix.strip():
        return []
    total = max(sum(candidate.popularity for candidate in candidates), 1.0)
    has_stores = any(candidate.stores or candidate.store_popularity for candidate in candidates)
    found = []
    for candidate in candidates:
        key = fold(candidate.text)
        if locate(key, typed) < 0 or (store and candidate.stores and store not in candidate.stores):
            continue
        score = candidate.popularity
        if store and has_stores:
            score = candidate.popularity * (1000.0 / total) + dict(candidate.store_popularity).get(store, 0.0)
        found.append((key != typed.rstrip(" "), -score, key, candidate.text))
    said: set[int] = set()
    keys = [fold(candidate.text) for candidate in candidates]
    families = list(same_families(keys, [""] * len(keys)))
    once = []
    for _, _, key, text in sorted(found):
        if keys.index(key) not in said:
            once.append(text)
            said.update(*(family for family in families if keys.index(key) in family))
    return once[:k]


WORDS = st.sampled_from(["ice", "iced", "i", "tea", "7", "up", "7up", "é", "b-c", "&", "can't", "\U0001f355", "日本"])
STORES = st.lists(st.sampled_from(["north", "south"]), unique=True, max_size=2)
CANDIDATES = st.lists(
    st.builds(
        lambda words, popularity, stores, own: searched(
            " ".join(words), popularity, *stores, **{store: 3.0 for store in own if not stores or store in stores}
        ),
        st.lists(WORDS, min_size=1, max_size=3),
        st.integers(0, 4),
        STORES,
        STORES,
    ),
    max_size=12,
)
TYPED = st.one_of(st.builds(" ".join, st.lists(WORDS, max_size=2)), st.text(max_size=5), st.sampled_from("ie7bc"))


@settings(max_examples=15, deadline=None)
@given(CANDIDATES, TYPED, st.sampled_from(["", "north", "west"]), st.integers(1, 12))
def test_answers_are_those_of_going_through_all_candidates(
    candidates: list[Candidate], typed: str, store: str, k: int
) -> None:
    with TemporaryDirectory() as directory:
        index = opened(Path(directory), *candidates)
        assert len(index) == len(merged(candidates))
        for end in range(len(typed) + 1):
            expected = by_brute_force(list(merged(candidates).values()), typed[:end], store, k)
            assert literally(index, typed[:end], store=store, k=k) == expected


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[SuggestIndex, list[Candidate]]:
    """Wide ranges for several prefixes, some of them for the same word starts."""
    chance = random.Random(0)
    kinds = ["milk", "milk bar", "mild cheese", "tea", "mint tea milk"]
    candidates = [
        searched(
            f"{chance.choice(kinds)} {number}x{number % 7}", chance.randrange(1, 50),
            *(["north"] if number % 3 == 0 else []), **({"north": number % 40} if number % 5 == 0 else {}),
        )
        for number in range(2 * WIDE)
    ]  # fmt: skip
    return opened(tmp_path_factory.mktemp("large"), *candidates), candidates


@pytest.mark.parametrize("store", ["", "north", "south"])
@pytest.mark.parametrize("typed", ["", "m", "mi", "mil", "milk", "milk ", "milk b", "t", "mint tea milk"])
def test_lists_kept_ready_agree_with_going_through_all_candidates(
    large: tuple[SuggestIndex, list[Candidate]], typed: str, store: str
) -> None:
    index, candidates = large
    for k in (1, 10, TOPS + 10):
        assert literally(index, typed, store=store, k=k) == by_brute_force(candidates, typed, store, k)


UNICODE_TEXTS = [
    "naïve 7 up", "日本 茶", "שלום עולם", "مرحبا", "🍕🍕 pizza", "<b>bold</b>", "'; drop table x; --", "한국 차",
    "ﬁne", "a" * 200,
]  # fmt: skip


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> SuggestIndex:
    return opened(tmp_path_factory.mktemp("scripts"), *(searched(text, 5) for text in UNICODE_TEXTS))


@settings(deadline=None)
@given(typed=st.text(max_size=200))
def test_every_beginning_of_every_text_is_answered(scripts: SuggestIndex, typed: str) -> None:
    for end in {0, len(typed), *range(0, len(typed), 7)}:
        for suggestion in scripts.suggest(typed[:end]):
            assert 0 <= suggestion.start <= suggestion.end <= len(suggestion.text)


@pytest.mark.parametrize("text", UNICODE_TEXTS)
def test_any_script_completes_itself_and_is_shown_as_it_is(scripts: SuggestIndex, text: str) -> None:
    for end in range(1, len(text) + 1):
        if fold(text[:end]):
            assert text in texts(scripts, text[:end])


@pytest.mark.parametrize("typed", ["\u0300" * 100_000, "a" * 1_000_000, " " * 100_000, "7 " * 500, "&" * 1000])
def test_absurdly_long_texts_are_answered(scripts: SuggestIndex, typed: str) -> None:
    assert len(scripts.suggest(typed)) == (len(UNICODE_TEXTS) if typed.isspace() else 0)


def test_threads_may_share_an_index(grocery: SuggestIndex) -> None:
    expected = {typed: grocery.suggest(typed) for typed in ("", "i", "ice", "milk", "c")}
    wrong: list[str] = []

    def work() -> None:
        wrong.extend(typed for typed in list(expected) * 50 if grocery.suggest(typed) != expected[typed])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_index_without_candidates_answers_nothing(tmp_path: Path) -> None:
    index = opened(tmp_path)
    assert len(index) == 0
    assert index.suggest("") == index.suggest("milk", store="north") == []


@pytest.mark.parametrize("k", [0, -3])
def test_fewer_than_one_suggestion_cannot_be_asked_for(grocery: SuggestIndex, k: int) -> None:
    with pytest.raises(UserError, match=f"k is {k}; it must be at least 1"):
        grocery.suggest("milk", k=k)
