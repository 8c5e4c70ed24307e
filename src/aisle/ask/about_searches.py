"""Made-up questions about searches, clicks and carts."""

from __future__ import annotations

from aisle.ask.maker import COUNT, GOODS, TIMES, Made, Maker, Narrowed
from aisle.sql.schema import singular
from aisle.sql.tree import Condition, Query


def searches(make: Maker) -> Made:
    """What was searched for, how often, when."""
    form = make.draw.choice(
        ("count", "like", "like", "first", "first", "top", "top", "most", "least", "distinct", "each", "visits")
    )
    n = make.narrowed("search")
    if form == "like":
        return _containing(make, n)
    group = make.draw.choice([*TIMES, *(() if n.s else ("store",))])
    count, words = make.count(2, 20) if form == "top" else (1, "")
    text = make.text(f"search_{form}", n, g=make.one(group), many=make.many(group), k=words)
    query, visit = make.of("search", "query"), make.of("search", "visit", "COUNT", distinct=True)
    if form in ("count", "distinct", "visits"):
        distinct = make.of("search", "query", "COUNT", distinct=True)
        item = {"count": COUNT, "distinct": distinct, "visits": visit}[form]
        return text, Query(tables=make.table("search"), items=(item,), where=n.conditions)
    by = query if form in ("first", "top") else make.of("search", group)
    assert by.column is not None
    ranked = form != "each"
    return text, Query(
        tables=make.table("search"),
        items=(by, COUNT),
        where=n.conditions,
        group=(by.column,),
        order=COUNT if ranked else None,
        descending=ranked and form != "least",
        limit=count if ranked else None,
    )


def _containing(make: Maker, n: Narrowed) -> Made:
    about = make.subjects.about(make.draw)
    if about is None or about.guessed:
        return None
    # A query is what shoppers typed: the words themselves count, and not what they are linked to.
    words = str(about.value).lower().split("&")[0].split(",")[0].strip()
    text = make.say("search_like/about", x=words, s=n.s, p=n.p)
    condition = Condition(column=make.column("search", "query"), operator="LIKE", literals=(singular(words),))
    return text, Query(tables=make.table("search"), items=(COUNT,), where=(condition, *n.conditions))


def events(make: Maker) -> Made:
    """Clicks, carts and impressions."""
    n = make.narrowed("event", time=0.35, store=0.2)
    action = make.draw.choice(("click", "add to cart", "shown"))
    form = make.draw.choice(("count", "count", "most", "most", "least", "top", "each"))
    group = make.draw.choice([*GOODS, *GOODS, *TIMES, *(() if n.s else ("store",))])
    count, words = make.count(2, 20) if form == "top" else (1, "")
    text = make.text(
        f"event_{form}",
        n,
        goods=form == "most" and group in GOODS,
        g=make.one(group),
        many=make.many(group),
        k=words,
        noun=make.say(f"actions/noun/{action}"),
        done=make.say(f"actions/done/{action}"),
    )
    conditions = (make.equal("event", "action", action), *n.conditions)
    if form == "count":
        return text, Query(tables=make.table("event"), items=(COUNT,), where=conditions)
    ranked = form != "each"
    return text, Query(
        tables=make.table("event"),
        items=(make.of("event", group), COUNT),
        where=conditions,
        group=(make.column("event", group),),
        order=COUNT if ranked else None,
        descending=ranked and form != "least",
        limit=count if ranked else None,
    )
