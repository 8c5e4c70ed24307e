"""Made-up questions about what was sold."""

from __future__ import annotations

from aisle.ask.maker import COUNT, GOODS, TIMES, Made, Maker, Narrowed
from aisle.ask.patterns import say
from aisle.sql.tree import Condition, Query


def sale_total(make: Maker) -> Made:
    """How many, how much."""
    n = make.narrowed("sale")
    money = make.chance(0.48)
    item = make.of("sale", "price", "SUM") if money else COUNT
    text = make.text("sale_revenue" if money else "sale_count", n)
    return text, Query(tables=make.table("sale"), items=(item,), where=n.conditions)


def sale_extreme(make: Maker) -> Made:
    """Which quarter had the most sales."""
    n = make.narrowed("sale", time=0.55)
    group = _group(make, n)
    money, best = make.chance(0.4), make.chance(0.75)
    path = f"{'earned' if money else 'sale'}_{'best' if best else 'worst'}"
    text = make.text(path, n, goods=group in GOODS and not money, g=make.one(group))
    return text, _ranked(make, n, group, money=money, descending=best, limit=1)


def sale_top(make: Maker) -> Made:
    """The five best brands."""
    n = make.narrowed("sale")
    group = _group(make, n)
    money, best = make.chance(0.4), make.chance(0.82)
    count, words = make.count(2, 20)
    path = f"{'earned' if money else 'sale'}_{'top' if best else 'bottom'}"
    text = make.text(path, n, many=make.many(group), k=words)
    return text, _ranked(make, n, group, money=money, descending=best, limit=count)


def sale_each(make: Maker) -> Made:
    """Sales per store."""
    n = make.narrowed("sale")
    groups = [_group(make, n)]
    if make.chance(0.2):
        others = [
            g for g in (*TIMES[:3], "store", "department", "brand") if g != groups[0] and not (g == "store" and n.s)
        ]
        groups.append(make.draw.choice(others))
    money = make.chance(0.45)
    text = make.text("earned_each" if money else "sale_each", n, g=" and ".join(map(make.one, groups)))
    return text, Query(
        tables=make.table("sale"),
        items=(*(make.of("sale", group) for group in groups), make.of("sale", "price", "SUM") if money else COUNT),
        where=n.conditions,
        group=tuple(make.column("sale", group) for group in groups),
    )


def visits(make: Maker) -> Made:
    """How many shoppers bought something."""
    n = make.narrowed("sale", subject=0.6)
    item = make.of("sale", "visit", "COUNT", distinct=True)
    return make.text("visits", n), Query(tables=make.table("sale"), items=(item,), where=n.conditions)


def distinct_sold(make: Maker) -> Made:
    """How many different brands were sold."""
    n = make.narrowed("sale")
    name = make.draw.choice(("product_id", "product_id", "brand", "department", "category", "kind"))
    item = make.of("sale", name, "COUNT", distinct=True)
    text = make.text("distinct_sold", n, many=make.many(name))
    return text, Query(tables=make.table("sale"), items=(item,), where=n.conditions)


def when_sold(make: Maker) -> Made:
    """When something was first or last sold."""
    n = make.narrowed("sale", subject=1.0, time=0.0)
    if not n.x:
        return None
    last = make.chance(0.6)
    item = make.of("sale", "date", "MAX" if last else "MIN")
    text = make.text("last_sold" if last else "first_sold", n)
    return text, Query(tables=make.table("sale"), items=(item,), where=n.conditions)


def two_values(make: Maker) -> Made:
    """One thing or store beside another, or both together."""
    column = make.draw.choice(("store", "store", "department", "category", "brand"))
    values = make.subjects.values[column]
    if len(values) < 2:
        return None
    n = make.narrowed("sale", subject=0.4 if column == "store" else 0.0, store=0.0)
    money, together = make.chance(0.4), not n.x and make.chance(0.4)
    first, second = make.draw.sample(values, 2)
    a, b = (first, second) if make.chance(0.4) else (first.lower(), second.lower())
    path = f"two{'_earned' if money else ''}{'_together' if together else '' if money else '_compared'}"
    text = make.text(path, n, a=a, b=b) if n.x else say(f"{path}/plain", make.draw, a=a, b=b, p=n.p)
    measure = make.of("sale", "price", "SUM") if money else COUNT
    either = Condition(column=make.column("sale", column), operator="=", literals=(first, second))
    before = tuple(one for one in n.conditions if one.operator != "WITHIN")
    return text, Query(
        tables=make.table("sale"),
        items=(measure,) if together else (make.of("sale", column), measure),
        where=(*before, either, *n.conditions[len(before) :]),
        group=() if together else (make.column("sale", column),),
    )


def _group(make: Maker, narrowed: Narrowed) -> str:
    names: list[str] = [*TIMES, *TIMES, *GOODS, *GOODS, *(() if narrowed.s else ("store", "store"))]
    return make.draw.choice(names)


def _ranked(make: Maker, n: Narrowed, group: str, *, money: bool, descending: bool, limit: int) -> Query:
    measure = make.of("sale", "price", "SUM") if money else COUNT
    return Query(
        tables=make.table("sale"),
        items=(make.of("sale", group), measure),
        where=n.conditions,
        group=(make.column("sale", group),),
        order=measure,
        descending=descending,
        limit=limit,
    )
