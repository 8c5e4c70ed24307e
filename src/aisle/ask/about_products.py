"""Made-up questions about what there is to buy, and where."""

from __future__ import annotations

from aisle.ask.maker import COUNT, Made, Maker
from aisle.sql.schema import singular
from aisle.sql.tree import Condition, Having, Query

_LISTED = ("title", "price")
_PRICED = (
    ("under", "<"), ("under", "<"), ("over", ">"), ("over", ">"), ("exactly", "="), ("most", "<="), ("least", ">="),
    ("between", ">="),
)  # fmt: skip
_VALUES = ("department", "category", "kind", "brand")


def product_count(make: Maker) -> Made:
    """How many products."""
    n = make.narrowed("product", subject=0.8)
    return make.text("product_count", n), Query(tables=make.table("product"), items=(COUNT,), where=n.conditions)


def product_values(make: Maker) -> Made:
    """Which brands, how many departments."""
    n = make.narrowed("product", subject=0.7)
    name, listed = make.draw.choice((*_VALUES, "brand", "brand")), make.chance(0.5)
    item = make.of("product", name) if listed else make.of("product", name, "COUNT", distinct=True)
    text = make.text("product_values" if listed else "product_distinct", n, g=make.one(name), many=make.many(name))
    return text, Query(tables=make.table("product"), items=(item,), distinct=listed, where=n.conditions)


def product_price(make: Maker) -> Made:
    """An average, greatest or least price."""
    n = make.narrowed("product", subject=0.85)
    name = make.draw.choice(("AVG", "AVG", "MAX", "MIN"))
    item = make.of("product", "price", name)
    text = make.text(f"price_{name.lower()}", n)
    return text, Query(tables=make.table("product"), items=(item,), where=n.conditions)


def product_dear(make: Maker) -> Made:
    """The cheapest products."""
    n = make.narrowed("product", subject=0.9)
    cheap, single = make.chance(0.55), make.chance(0.5)
    count, words = (1, "") if single else make.count(2, 20)
    text = make.text(f"{'cheapest' if cheap else 'dearest'}{'' if single else '_some'}", n, k=words)
    return text, Query(
        tables=make.table("product"),
        items=tuple(make.of("product", name) for name in _LISTED),
        where=n.conditions,
        order=make.of("product", "price"),
        descending=not cheap,
        limit=count,
    )


def product_priced(make: Maker) -> Made:
    """Products below a price, above one, or between two: listed or counted."""
    n = make.narrowed("product", subject=0.85)
    price, more = _price(make), _price(make)
    words, operator = make.draw.choice(_PRICED)
    if words == "between" and (price >= more or len(n.conditions) > 1):
        return None
    counted = make.chance(0.4)
    cost = make.say(f"cost/{words}", m=_money(make, price), n=_money(make, more))
    text = make.text("priced_count" if counted else "priced_list", n, cost=cost)
    column = make.column("product", "price")
    conditions = [Condition(column=column, operator=operator, literals=(price,))]
    if words == "between":
        conditions.append(Condition(column=column, operator="<=", literals=(more,)))
    items = (COUNT,) if counted else tuple(make.of("product", name) for name in _LISTED)
    return text, Query(tables=make.table("product"), items=items, where=(*n.conditions, *conditions))


def _price(make: Maker) -> int | float:
    if make.chance(0.25):
        return round(make.draw.uniform(1, 20), 2)
    return make.draw.randint(2, make.draw.choice((15, 60)))


def _money(make: Maker, price: int | float) -> str:
    return make.draw.choice(("${}", "{} dollars", "{}", "{} bucks", "$ {}")).format(price)


def named_like(make: Maker) -> Made:
    """Products whose title has some words, whatever these are the name of."""
    about = make.subjects.about(make.draw)
    if about is None or about.guessed:
        return None
    words = str(about.value).lower().split("&")[0].split(",")[0].strip()
    counted = make.chance(0.45)
    text = make.say(f"named_{'count' if counted else 'list'}/about", x=words)
    condition = Condition(column=make.column("product", "title"), operator="LIKE", literals=(singular(words),))
    items = (COUNT,) if counted else tuple(make.of("product", name) for name in _LISTED)
    return text, Query(tables=make.table("product"), items=items, where=(condition,))


def product_list(make: Maker) -> Made:
    """The products of a thing with their prices."""
    n = make.narrowed("product", subject=1.0)
    if not n.x:
        return None
    items = tuple(make.of("product", name) for name in _LISTED)
    return make.text("product_list", n), Query(tables=make.table("product"), items=items, where=n.conditions)


def product_stock(make: Maker) -> Made:
    """What is sold out."""
    n = make.narrowed("product", subject=0.8)
    gone, counted = make.chance(0.65), make.chance(0.5)
    text = make.text(f"{'gone' if gone else 'available'}_{'count' if counted else 'list'}", n)
    condition = make.equal("product", "in_stock", 0 if gone else 1)
    items = (COUNT,) if counted else (make.of("product", "title"),)
    return text, Query(tables=make.table("product"), items=items, where=(*n.conditions, condition))


def product_groups(make: Maker) -> Made:
    """Which brand has the most products; average price by department."""
    n = make.narrowed("product", subject=0.45)
    group = make.draw.choice(_VALUES)
    what, forms = make.draw.choice(
        (
            ("range", ("each", "best", "best", "worst", "top")),
            ("price", ("each", "each", "best", "worst", "top")),
            ("gone", ("each", "best")),
        )
    )
    form = make.draw.choice(forms)
    count, words = make.count(2, 15) if form == "top" else (1, "")
    text = make.text(f"{what}_{form}", n, g=make.one(group), many=make.many(group), k=words)
    measure = make.of("product", "price", "AVG") if what == "price" else COUNT
    ranked = form != "each"
    return text, Query(
        tables=make.table("product"),
        items=(make.of("product", group), measure),
        where=(*n.conditions, *((make.equal("product", "in_stock", 0),) if what == "gone" else ())),
        group=(make.column("product", group),),
        order=measure if ranked else None,
        descending=ranked and form != "worst",
        limit=count if ranked else None,
    )


def having(make: Maker) -> Made:
    """Brands with more than so many products, queries that were typed at least so often."""
    table = make.draw.choice(("product", "sale", "search"))
    n = make.narrowed(table, subject=0.4, store=0.1)
    group = "query" if table == "search" else make.draw.choice(_VALUES)
    if table == "sale" and make.chance(0.35):
        group = make.draw.choice(("title", "month") if n.s else ("title", "store", "month"))
    operator, words = make.draw.choice(((">", "more"), (">", "more"), ("<", "fewer"), (">=", "least"), ("<=", "most")))
    count, number = make.count(2, make.draw.choice((12, 60, 400)))
    one, many = ("", "") if group == "query" else (make.one(group), make.many(group))
    text = make.text(f"having_{table}", n, g=one, many=many, than=make.say(f"than/{words}"), k=number)
    return text, Query(
        tables=make.table(table),
        items=(make.of(table, group),),
        where=n.conditions,
        group=(make.column(table, group),),
        having=Having(expression=COUNT, operator=operator, literal=count),
    )


def never_sold(make: Maker) -> Made:
    """Products that nobody bought."""
    n = make.narrowed("product", subject=0.8)
    sold = make.narrowed("sale", subject=0.0, store=0.3)
    counted = make.chance(0.4)
    path = f"never_{'count' if counted else 'list'}/{'about' if n.x else 'plain'}"
    text = make.say(path, x=n.x, s=sold.s, p=sold.p)
    inner = Query(tables=make.table("sale"), items=(make.of("sale", "product_id"),), where=sold.conditions)
    missing = Condition(column=make.column("product", "product_id"), operator="NOT IN", query=inner)
    items = (COUNT,) if counted else (make.of("product", "title"),)
    return text, Query(tables=make.table("product"), items=items, where=(*n.conditions, missing))


def beside_average(make: Maker) -> Made:
    """Products that cost more than the average."""
    n = make.narrowed("product", subject=0.8)
    above, counted = make.chance(0.65), make.chance(0.5)
    text = make.text(f"{'above' if above else 'below'}_{'count' if counted else 'list'}", n)
    inner = Query(tables=make.table("product"), items=(make.of("product", "price", "AVG"),), where=n.conditions)
    condition = Condition(column=make.column("product", "price"), operator=">" if above else "<", query=inner)
    items = (COUNT,) if counted else tuple(make.of("product", name) for name in _LISTED)
    return text, Query(tables=make.table("product"), items=items, where=(*n.conditions, condition))
