"""What the server counts: every metric of /metrics by name."""

from __future__ import annotations

from aisle.serve.metrics import SECONDS, Family

# The label `route` can take only these values, whatever addresses are asked for.
ROUTES = (
    "/", "/docs", "/openapi.json", "/static", "/thumbnails", "/api/search", "/api/suggest", "/api/events",
    "/api/versions", "/compare", "/api/products", "/v1/embeddings", "/v1/models",
    "/api/inspect", "/walk", "/lessons", "/api/lessons", "/api/lab", "/lab",
    "/api/complete", "/compose", "/api/ask", "/healthz", "/readyz", "/metrics", "other",
)  # fmt: skip

FAMILIES = (
    Family(
        "aisle_requests_total",
        "counter",
        "Requests answered, by route and class of status.",
        (("route", ROUTES), ("status", ("2xx", "3xx", "4xx", "5xx"))),
    ),
    Family(
        "aisle_request_seconds",
        "histogram",
        "Seconds from the request's head to the last byte of its answer.",
        (("route", ("/api/search", "/api/suggest", "/api/events", "/api/products", "/v1/embeddings", "other")),),
        SECONDS,
    ),
    Family("aisle_search_seconds", "histogram", "Seconds the shop took for a search, without HTTP.", buckets=SECONDS),
    Family(
        "aisle_search_stage_seconds",
        "histogram",
        "Seconds of a search by stage: the query's vector, and the index.",
        (("stage", ("encoder", "index")),),
        SECONDS,
    ),
    Family(
        "aisle_search_without_encoder_total",
        "counter",
        "Hybrid searches that went by words alone because the encoder was too slow or failed.",
        (("reason", ("slow", "failed")),),
    ),
    Family(
        "aisle_query_vectors_total",
        "counter",
        "Query vectors that searches used: kept from before, or made by the encoder.",
        (("source", ("kept", "encoded")),),
    ),
    Family("aisle_search_truncated_total", "counter", "Searches whose query was longer than the encoder reads."),
    Family("aisle_search_without_results_total", "counter", "Searches that found nothing."),
    Family("aisle_suggest_without_results_total", "counter", "Prefixes without a suggestion."),
    Family("aisle_search_waiting", "gauge", "Searches that wait for a thread or run in one."),
    Family("aisle_write_waiting", "gauge", "Writes to the ledger that wait for their turn or run."),
    Family("aisle_embedding_waiting", "gauge", "Batches of /v1/embeddings that wait for their turn or run."),
    Family("aisle_inspect_waiting", "gauge", "Walks that wait for their turn or run."),
    Family("aisle_lab_waiting", "gauge", "Looks at runs and evaluations that wait for their turn or run."),
    Family("aisle_complete_waiting", "gauge", "Completions of sentences that wait for their turn or run."),
    Family("aisle_ask_waiting", "gauge", "Questions in plain words that wait for their turn or run."),
    Family("aisle_events_total", "counter", "Events received.", (("outcome", ("accepted", "rejected")),)),
    Family(
        "aisle_changes_waiting", "gauge", "Products put that searches show only after the next build.", across="max"
    ),
    Family(
        "aisle_changes_truncated",
        "gauge",
        "Texts of products put since the build that are longer than the encoder reads.",
        across="max",
    ),
    Family("aisle_products_changed_total", "counter", "Products written or deleted over HTTP."),
    Family("aisle_embedding_texts_total", "counter", "Texts embedded by /v1/embeddings."),
    Family("aisle_embedding_tokens_total", "counter", "Tokens embedded by /v1/embeddings."),
    Family("aisle_embedding_truncated_texts_total", "counter", "Texts that were longer than the encoder reads."),
    Family("aisle_embedding_batches_total", "counter", "Batches that /v1/embeddings ran."),
    Family("aisle_embedding_refused_total", "counter", "Embedding requests refused because too much was waiting."),
    Family("aisle_embedding_waiting_tokens", "gauge", "Tokens that wait to be embedded."),
    Family("aisle_refreshes_total", "counter", "Looks for a new version.", (("outcome", ("same", "new", "failed")),)),
    Family("aisle_version", "gauge", "Live version of the shop; 0 before the first build.", across="max"),
    Family("aisle_workers", "gauge", "Worker processes that are running."),
)


def route_label(path: str) -> str:
    """The value of the label `route` for an address: one of ROUTES."""
    if path in KNOWN:
        return path
    for prefix in ("/static", "/thumbnails", "/api/products", "/api/inspect", "/lessons", "/api/lessons", "/api/lab"):
        if path.startswith(f"{prefix}/"):
            return prefix
    return "other"


KNOWN = frozenset(ROUTES) - {"other", "/static", "/thumbnails"}
