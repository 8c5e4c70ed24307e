"""Made-up questions about what stores carry."""

from __future__ import annotations

from aisle.ask.maker import COUNT, Made, Maker
from aisle.sql.tree import Query


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


def shelf_of(make: Maker) -> Made:
    """What one store carries, the store being the one that has it."""
    n = make.narrowed("shelf", subject=0.65, seller=True)
    if not n.b or "store" not in n.columns:
        return None
    form = make.draw.choice(("count", "count", "list", "avg"))
    item = {"count": COUNT, "list": make.of("shelf", "title"), "avg": make.of("shelf", "price", "AVG")}[form]
    return make.text(f"shelf_of_{form}", n), Query(tables=make.table("shelf"), items=(item,), where=n.conditions)
