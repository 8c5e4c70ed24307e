"""Tables 1 and 5 of the SBERT paper (arXiv 1908.10084) as it prints them, x100, for models that can be made here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperTable:
    """One table: a row a model, a column a data set."""

    number: int
    title: str
    sets: tuple[str, ...]
    """Column heads, by the names that `benchmarks.sts` and `benchmarks.transfer` give the sets."""
    rows: dict[str, tuple[float, ...]]
    """The paper's name of a model, and its numbers."""


TABLE_1 = PaperTable(
    number=1,
    title="Spearman x100 of cosine and score, nothing trained on scores",
    sets=("STS12", "STS13 without SMT", "STS14", "STS15", "STS16", "STS-B test", "SICK-R test"),
    rows={
        "Avg. GloVe": (55.14, 70.66, 59.73, 68.25, 63.66, 58.02, 53.76),
        "Avg. BERT": (38.78, 57.98, 57.98, 63.15, 61.06, 46.35, 58.40),
        "BERT CLS": (20.16, 30.01, 20.09, 36.88, 38.08, 16.50, 42.63),
        "InferSent": (52.86, 66.75, 62.15, 72.77, 66.87, 68.03, 65.65),
        "Universal Sentence Encoder": (64.49, 67.80, 64.61, 76.83, 73.18, 74.92, 76.69),
        "SBERT-NLI-base": (70.97, 76.53, 73.19, 79.09, 74.30, 77.03, 72.91),
    },
)
TABLE_5 = PaperTable(
    number=5,
    title="accuracy x100 of a logistic regression on frozen vectors",
    sets=("MR", "CR", "SUBJ", "MPQA", "SST-2", "TREC", "MRPC"),
    rows={
        "Avg. GloVe": (77.25, 78.30, 91.17, 87.85, 80.18, 83.00, 72.87),
        "Avg. BERT": (78.66, 86.25, 94.37, 88.66, 84.40, 92.80, 69.45),
        "BERT CLS": (78.68, 84.85, 94.21, 88.23, 84.13, 91.40, 71.13),
        "InferSent": (81.57, 86.54, 92.50, 90.38, 84.18, 88.20, 75.77),
        "Universal Sentence Encoder": (80.09, 85.19, 93.98, 86.70, 86.38, 93.20, 70.14),
        "SBERT-NLI-base": (83.64, 89.43, 94.39, 89.86, 88.96, 89.60, 76.00),
    },
)
