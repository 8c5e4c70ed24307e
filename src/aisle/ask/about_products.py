"""Made-up questions about what there is to buy, and where."""

from __future__ import annotations

from aisle.ask.maker import COUNT, Made, Maker
from aisle.ask.patterns import say
from aisle.sql.tree import Condition, Having, Query

_LISTED = ("title", "price")
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
    text = make.text("product_values" if listed else "product_distinct", n, many=make.many(name))
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
    """Products below a price: listed or counted."""
    n = make.narrowed("product", subject=0.85)
    price: int | float = make.draw.randint(2, make.draw.choice((15, 60)))
    if make.chance(0.25):
        price = round(make.draw.uniform(1, 20), 2)
    words, operator = make.draw.choice((("under", "<"), ("under", "<"), ("over", ">"), ("over", ">"), ("exactly", "=")))
    money = make.draw.choice(("${}", "{} dollars", "{}", "{} bucks", "$ {}")).format(price)
    counted = make.chance(0.4)
    cost = say(f"cost/{words}", make.draw)
    text = make.text("priced_count" if counted else "priced_list", n, cost=cost, m=money)
    condition = Condition(column=make.column("product", "price"), operator=operator, literals=(price,))
    items = (COUNT,) if counted else tuple(make.of("product", name) for name in _LISTED)
    return text, Query(tables=make.table("product"), items=items, where=(*n.conditions, condition))


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
    many = "" if group == "query" else make.many(group)
    text = make.text(f"having_{table}", n, many=many, than=say(f"than/{words}", make.draw), k=number)
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
    text = say(path, make.draw, x=n.x, s=sold.s, p=sold.p)
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


def shelf(make: Maker) -> Made:
    """What stores carry."""
    form = make.draw.choice(("stores", "store_count", "count", "count", "list", "avg", "each", "most", "most", "least"))
    at_store = form in ("count", "list", "avg")
    n = make.narrowed("shelf", subject=0.7, store=1.0 if at_store else 0.0)
    if at_store and not n.s:
        return None
    store, stores = make.of("shelf", "store"), make.of("shelf", "store", "COUNT", distinct=True)
    items = {
        "stores": (store,),
        "store_count": (stores,),
        "count": (COUNT,),
        "list": (make.of("shelf", "title"),),
        "avg": (make.of("shelf", "price", "AVG"),),
    }.get(form, (store, COUNT))
    ranked = form in ("most", "least")
    return make.text(f"shelf_{form}", n), Query(
        tables=make.table("shelf"),
        items=items,
        distinct=form == "stores",
        where=n.conditions,
        group=(make.column("shelf", "store"),) if form == "each" or ranked else (),
        order=COUNT if ranked else None,
        descending=form == "most",
        limit=1 if ranked else None,
    )
