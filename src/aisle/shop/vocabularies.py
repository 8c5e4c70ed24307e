"""The fields of catalogues and flat logs, and the usual names of their columns."""

from __future__ import annotations

from aisle.shop.columns import Vocabulary

CATALOGUE = Vocabulary(
    kind="catalogue",
    fields=(
        "product_id", "title", "brand", "category", "attributes", "description", "price", "stores", "in_stock", "image",
    ),
    required=("product_id", "title"),
    aliases={
        "product_id": (
            "id", "sku", "product_code", "product_uid", "item_id", "asin", "barcode", "ean", "gtin", "upc",
        ),
        "title": ("name", "product_name", "product_title", "item_name"),
        "brand": ("brand_name", "manufacturer"),
        "category": ("categories", "category_path", "category_name", "product_category", "google_product_category"),
        "attributes": ("attribute", "tags", "features"),
        "description": ("product_description", "desc", "details", "long_description"),
        "price": ("sale_price", "current_price", "unit_price", "list_price"),
        "stores": ("store", "store_id", "store_ids", "retailers"),
        "in_stock": ("availability", "available", "is_available", "stock"),
        "image": ("image_url", "image_link", "img", "picture", "thumbnail"),
    },
    paths={"category": (("department", "aisle"), ("category", "sub_category"), ("category", "subcategory"))},
    mapping_hint='{field} = "{column}"',
)  # fmt: skip

EVENTS = Vocabulary(
    kind="events",
    fields=(
        "action", "timestamp", "session_id", "query", "query_id", "product_id", "position", "store", "prefix",
    ),
    required=("action", "timestamp", "session_id"),
    aliases={
        "action": ("action_name", "event", "event_type", "event_name"),
        "timestamp": ("time", "ts", "datetime", "event_time", "created_at"),
        "session_id": ("session", "visit_id", "client_id", "user_session"),
        "query": ("user_query", "search_query", "search_term", "keywords", "q"),
        "query_id": ("search_id",),
        "product_id": ("sku", "item_id", "object_id"),
        "position": ("rank", "ordinal"),
        "store": ("store_id",),
        "prefix": (),
    },
    paths={},
    mapping_hint='[events] {field} = "{column}"',
)  # fmt: skip
