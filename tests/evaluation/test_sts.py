from __future__ import annotations

import gzip
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from aisle.errors import UserError
from aisle.evaluation.sts import SentencePair, cosine, evaluate_sts, read_pairs, without_tasks

# The angle of each "sentence" from "east", so that every cosine with it is known.
ANGLES = {"east": 0.0, "near": 0.1, "far": 0.7, "north": math.pi / 2, "west": math.pi}


def on_a_circle(texts: Sequence[str]) -> NDArray[np.float64]:
    # Lengths differ: only the direction may count.
    return np.array(
        [(size * math.cos(ANGLES[text]), size * math.sin(ANGLES[text])) for size, text in enumerate(texts, 1)]
    )


def pair(second: str, score: float, task: str = "") -> SentencePair:
    return SentencePair(first="east", second=second, score=score, task=task)


def test_perfect_order_gives_100() -> None:
    result = evaluate_sts(on_a_circle, [pair("near", 5), pair("far", 4), pair("north", 1), pair("west", 0)])
    assert result.as_dict()["pairs"] == 4
    assert result.as_dict()["spearman"] == pytest.approx(100)
    # Centred cosines (0.80504, 0.57488, -0.18996, -1.18996), centred scores (2.5, 1.5, -1.5, -2.5):
    # product 6.13477, lengths 1.55906 and 4.12311.
    assert result.as_dict()["pearson"] == pytest.approx(100 * 6.13477 / (1.55906 * 4.12311), abs=1e-2)


def test_one_swap_among_four_costs_a_fifth() -> None:
    result = evaluate_sts(on_a_circle, [pair("near", 4), pair("far", 5), pair("north", 1), pair("west", 0)])
    assert result.as_dict()["spearman"] == pytest.approx(100 * (1 - 6 * 2 / (4 * 15)))


def test_parts_are_averaged_in_both_ways_beside_the_concatenation() -> None:
    pairs = [
        pair("near", 3, "up"), pair("far", 2, "up"), pair("west", 1, "up"),
        pair("near", 0, "down"), pair("north", 9, "down"),
    ]  # fmt: skip
    numbers = evaluate_sts(on_a_circle, pairs).as_dict()
    assert list(numbers["tasks"]) == ["up", "down"]
    assert numbers["tasks"]["up"]["spearman"] == pytest.approx(100)
    assert numbers["tasks"]["down"] == {"pairs": 2, "spearman": pytest.approx(-100), "pearson": pytest.approx(-100)}
    assert numbers["mean"]["spearman"] == pytest.approx(0)
    assert numbers["weighted_mean"]["spearman"] == pytest.approx(100 * (3 - 2) / 5)
    # Ranks of the cosines 4.5, 3, 1, 4.5, 2 against those of the scores 4, 3, 2, 1, 5.
    assert numbers["aggregation"] == "concatenated"
    assert numbers["spearman"] == pytest.approx(100 * -1.5 / math.sqrt(9.5 * 10))


def test_parts_can_be_left_out_by_name() -> None:
    pairs = [pair("near", 3, "kept"), pair("far", 2, "kept"), pair("west", 1, "SMT")]
    assert [one.task for one in without_tasks(pairs, ["SMT"])] == ["kept", "kept"]
    with pytest.raises(UserError, match="no part is called smt; the parts are kept, SMT"):
        without_tasks(pairs, ["smt"])


def test_undefined_correlations_are_null_in_json_and_a_dash_in_the_table() -> None:
    result = evaluate_sts(on_a_circle, [pair("near", 3), pair("far", 3)])
    assert json.loads(json.dumps(result.as_dict(), allow_nan=False)) == {"pairs": 2, "spearman": None, "pearson": None}
    console = Console(file=io.StringIO(), width=100)
    console.print(result)
    assert "–" in console.file.getvalue()  # type: ignore[attr-defined]


def test_the_table_names_every_part_and_every_way_of_summing_up() -> None:
    console = Console(file=io.StringIO(), width=100)
    console.print(evaluate_sts(on_a_circle, [pair("near", 3, "images"), pair("far", 2, "images")]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for text in ("images", "mean of the parts", "weighted mean of the parts", "all pairs concatenated", "100.00"):
        assert text in shown


def test_each_distinct_sentence_is_embedded_once() -> None:
    seen: list[str] = []

    def embed(texts: Sequence[str]) -> NDArray[np.float64]:
        seen.extend(texts)
        return on_a_circle(texts)

    evaluate_sts(embed, [pair("near", 3), pair("far", 2), pair("near", 1)])
    assert seen == ["east", "near", "far"]


def test_vectors_that_are_no_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="not finite"):
        evaluate_sts(lambda texts: np.full((len(texts), 2), np.nan), [pair("near", 3), pair("far", 2)])
    with pytest.raises(ValueError, match="shape"):
        evaluate_sts(lambda texts: np.ones((1, 2)), [pair("near", 3), pair("far", 2)])


def test_cosine_with_a_zero_vector_is_zero() -> None:
    assert cosine(np.array([[0.0, 0.0], [3.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])).tolist() == [0.0, 1.0]


def test_no_pairs_is_an_error() -> None:
    with pytest.raises(UserError, match="at least two"):
        evaluate_sts(on_a_circle, [])


def test_reading_keeps_unbalanced_quotes_and_takes_any_score_column(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write('task\trelatedness\tsentence1\tsentence2\nforum\t4.5\t"Then he left.\tHe left.\n')
    assert read_pairs(path, score_column="relatedness") == [
        SentencePair(first='"Then he left.', second="He left.", score=4.5, task="forum")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("score\tsentence1\n1\ta\n", "line 2: no column 'sentence2'; its columns are score, sentence1"),
        ("score\tsentence1\tsentence2\nhigh\ta\tb\n", "line 2: score is 'high'; it must be a number"),
        ("score\tsentence1\tsentence2\nnan\ta\tb\n", "line 2: score is 'nan'; it must be a number"),
        ("score\tsentence1\tsentence2\n1\ta\n", "line 2: .* an evaluation uses every row"),
        ("score\tsentence1\tsentence2\n", "has no rows"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "pairs.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=message):
        read_pairs(path)
