"""How a position becomes a vector.

Legend: P positions, D numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

from aisle.inspection.lessons.lesson import Input, Lesson, Step, Values
from aisle.inspection.positions import sinusoidal


def work(values: Values) -> Sequence[Step]:
    """The table, and how alike any two of its rows are."""
    P, D = int(values["positions"][0, 0]), int(values["size"][0, 0])
    table_PD = sinusoidal(P, D)
    rows = tuple(str(place) for place in range(P))
    return [
        Step(
            title="The table of positions",
            formula="PE(p, 2i) = sin(p / 10000^(2i/D)),  PE(p, 2i+1) = cos(p / 10000^(2i/D))",
            values=table_PD,
            rows=rows,
            shade=True,
            note="Left columns turn fast and tell neighbours apart; right ones turn slowly and tell near from far.",
        ),
        Step(
            title="How alike two positions are",
            formula="PE(p) · PE(q)",
            values=table_PD @ table_PD.T,
            rows=rows,
            columns=rows,
            shade=True,
            note="It depends on the distance alone: the point of the formula. BERT learns its table instead.",
        ),
    ]


LESSON = Lesson(
    name="positions",
    title="Where a word stands",
    lead="Attention alone does not see order: shuffle the words, and every weight moves along. So places get vectors.",
    inputs=(
        Input(name="positions", label="Positions", values=((24,),), least=2, most=64),
        Input(name="size", label="Numbers a vector", values=((32,),), least=2, most=64),
    ),
    work=work,
    uses=("aisle.inspection.positions.sinusoidal",),
    further="positions",
)
