"""Settings of the HTTP server."""

from __future__ import annotations

from dataclasses import dataclass

from aisle.errors import UserError


@dataclass(frozen=True, kw_only=True, slots=True)
class ServeSettings:
    """How one shop is served over HTTP. Wrong values raise UserError."""

    host: str = "127.0.0.1"
    """Address to listen on. The default is reachable from this machine only."""
    port: int = 8000
    """TCP port; 0 takes a free one and prints it."""
    workers: int = 1
    """Server processes. Each opens the shop by itself; they share its files."""
    admin_token_variable: str = "AISLE_ADMIN_TOKEN"
    """Environment variable that holds the admin token. While it is unset or empty, admin routes are closed."""
    read_token_variable: str = "AISLE_READ_TOKEN"
    """Environment variable that holds the read token. While it is set, every route under /api and /v1 needs it."""
    rate_per_second: float = 0.0
    """Requests a second that one client address may go on with; 0: no limit. Behind a proxy all share one address."""
    rate_burst: int = 100
    """Requests that a client may send at once before that limit holds."""
    cors_origins: tuple[str, ...] = ()
    """Origins (https://shop.example) whose pages may read the answers. None: only pages of this server."""
    encoder_milliseconds: float = 250.0
    """Longest that a hybrid search waits for its query's vector; then it goes by words and says so. 0: no limit."""
    max_body_bytes: int = 8 * 1024 * 1024
    """Largest request body accepted."""
    max_records: int = 1000
    """Most events or products accepted in one request."""
    max_waiting: int = 64
    """Searches, and likewise writes, that may wait for their turn; further ones are answered 503 at once."""
    threads: int = 2
    """Threads that run searches, so that suggestions never wait behind them."""
    refresh_seconds: float = 0.25
    """Pause between two looks for a newly published version or for changes made by another process."""
    embedding_batch_tokens: int = 4096
    """Tokens that /v1/embeddings encodes in one batch, over all requests that wait."""
    embedding_queue_tokens: int = 131_072
    """Tokens that may wait at /v1/embeddings; beyond that it answers 429 at once."""
    embedding_seconds: float = 30.0
    """Longest that one /v1/embeddings request may take; then it is answered 503."""
    image_origins: tuple[str, ...] = ()
    """Origins (https://images.example) that product pictures may come from. None: pictures elsewhere are not shown."""
    lab: bool = True
    """Serve /lab, which shows training runs, evaluations and their commands to everyone who reaches this server."""
    runs: tuple[str, ...] = ("runs",)
    """Directories with training runs and kept evaluations for /lab, beside the shop's own `runs`."""
    completer: str = ""
    """Directory of a trained completer for /compose and /api/complete; empty: the small one that comes with aisle."""
    ask_model: str = ""
    """Directory of a trained model for /api/ask; empty: the shop's own, from `aisle train ask`."""
    access_log: bool = False
    """Log method, path without the query, status and milliseconds of every request."""
    shutdown_seconds: int = 10
    """How long running requests may finish after a request to stop."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise UserError(f"port is {self.port}; it must be from 0 to 65535")
        for name in (
            "workers",
            "rate_burst",
            "max_body_bytes",
            "max_records",
            "max_waiting",
            "threads",
            "embedding_batch_tokens",
        ):
            if getattr(self, name) < 1:
                raise UserError(f"{name} is {getattr(self, name)}; it must be 1 or more")
        for name in ("refresh_seconds", "embedding_seconds", "shutdown_seconds"):
            if not getattr(self, name) > 0:
                raise UserError(f"{name} is {getattr(self, name)}; it must be more than 0")
        if self.embedding_queue_tokens < self.embedding_batch_tokens:
            raise UserError(
                f"embedding_queue_tokens is {self.embedding_queue_tokens}; it must be at least"
                f" embedding_batch_tokens ({self.embedding_batch_tokens})"
            )
        for name in ("rate_per_second", "encoder_milliseconds"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise UserError(f"{name} is {getattr(self, name)}; it must be 0 or more")
        for origin in (*self.image_origins, *self.cors_origins):
            scheme, _, rest = origin.partition("://")
            if scheme not in ("http", "https") or not rest or any(c in rest for c in "/;, \"'\r\n\t"):
                raise UserError(f"origin {origin!r} is not like https://images.example")
