"""Made-up questions about what was sold."""

from __future__ import annotations

from aisle.ask.maker import COUNT, GOODS, TIMES, Made, Maker, Narrowed
from aisle.sql.tree import Condition, Query


def sale_total(make: Maker) -> Made:
    """How many, how much."""
    n = make.narrowed("sale")
    money = make.chance(0.48)
    item = make.of("sale", "price", "SUM") if money else COUNT
    text = make.text("sale_revenue" if money else "sale_count", n)
    return text, Query(tables=make.table("sale"), items=(item,), where=n.conditions)


def sold_by(make: Maker) -> Made:
    """What a store or a brand sold or earned."""
    n = make.narrowed("sale", subject=0.4, seller=True)
    if not n.b:
        return None
    money = make.chance(0.5)
    item = make.of("sale", "price", "SUM") if money else COUNT
    text = make.text("earned_by" if money else "sold_by", n)
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
    """Sales per store; sales per store and month; monthly sales."""
    n = make.narrowed("sale")
    groups = [_group(make, n)]
    money = make.chance(0.45)
    what = "earned" if money else "sale"
    if make.chance(0.3):
        others = [g for g in (*TIMES[:3], "store", "department", "brand") if g not in (*groups, *n.columns)]
        groups.append(make.draw.choice(others))
        one, other = make.one(groups[0]), make.one(groups[1])
        if make.chance(0.6):
            text = make.text(f"{what}_each_two", n, g=one, h=other)
        else:
            both = make.say("groups/two", g=one, h=other)
            text = make.text(f"{what}_each", n, g=both, many=" and ".join(map(make.many, groups)))
    elif groups[0] in TIMES and make.chance(0.5):
        adjective = make.say(f"groups/adjective/{groups[0]}")
        path = f"{what}_{'regular' if adjective and make.chance(0.7) else 'trend'}"
        text = make.text(path, n, g=make.one(groups[0]), adjective=adjective, many=make.many(groups[0]))
    else:
        text = make.text(f"{what}_each", n, g=make.one(groups[0]), many=make.many(groups[0]))
    return text, Query(
        tables=make.table("sale"),
        items=(*(make.of("sale", group) for group in groups), make.of("sale", "price", "SUM") if money else COUNT),
        where=n.conditions,
        group=tuple(make.column("sale", group) for group in groups),
    )


def sale_ranked(make: Maker) -> Made:
    """All stores in the order of their sales."""
    n = make.narrowed("sale")
    group = _group(make, n)
    money, best = make.chance(0.5), make.chance(0.8)
    path = f"{'earned' if money else 'sale'}_{'ranked' if best else 'ranked_up'}"
    text = make.text(path, n, g=make.one(group), many=make.many(group))
    return text, _ranked(make, n, group, money=money, descending=best, limit=None)


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
    text = make.text(path, n, a=a, b=b) if n.x else make.say(f"{path}/plain", a=a, b=b, p=n.p)
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
    # One of many products or days with such a condition can still be the best of them.
    fixed = narrowed.columns - {"title", "date"}
    return make.draw.choice([one for one in (*TIMES, *TIMES, *GOODS, *GOODS, "store", "store") if one not in fixed])


def _ranked(make: Maker, n: Narrowed, group: str, *, money: bool, descending: bool, limit: int | None) -> Query:
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
