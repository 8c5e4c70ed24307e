"""Who may ask, how often, and from which pages: checked before a request reaches any route."""

from __future__ import annotations

import hmac
import math
import os
from collections.abc import Iterable
from ipaddress import IPv6Address, IPv6Network

from starlette.types import Scope

from aisle.serve.problems import ProblemError
from aisle.serve.rates import RateLimit
from aisle.serve.settings import ServeSettings

# Whoever watches the server must be able to, however busy a client is and whatever it knows.
ALWAYS_OPEN = ("/healthz", "/readyz", "/metrics")
PROTECTED = ("/api/", "/v1/")
Headers = list[tuple[bytes, bytes]]


class Guard:
    """The rate limit, the read token and CORS. Each is off until a setting turns it on."""

    def __init__(self, settings: ServeSettings) -> None:
        self._rate = RateLimit(settings.rate_per_second, settings.rate_burst) if settings.rate_per_second else None
        self._token = os.environ.get(settings.read_token_variable, "").encode()
        self._admin = os.environ.get(settings.admin_token_variable, "").encode()
        self._origins = frozenset(origin.encode("latin-1") for origin in settings.cors_origins)

    def check(self, scope: Scope) -> None:
        """Raises ProblemError `too-many-requests` or `token-needed`."""
        path: str = scope["path"]
        if path in ALWAYS_OPEN:
            return
        if self._rate is not None:
            client = scope.get("client")
            seconds = self._rate.wait(_who(client[0]) if client else "")
            if seconds:
                raise ProblemError(
                    "too-many-requests",
                    "This client asks more often than the server allows.",
                    retry_after=math.ceil(seconds),
                )
        if self._token and path.startswith(PROTECTED) and not self._knows_token(scope["headers"]):
            raise ProblemError(
                "token-needed",
                "This server's routes need the read token.",
                headers={"www-authenticate": 'Bearer realm="aisle"'},
            )

    def cors(self, scope: Scope) -> Headers:
        """Headers that let a page of an allowed origin read the answer; none for any other."""
        if not self._origins:
            return []
        origin = _header(scope["headers"], b"origin")
        vary: Headers = [(b"vary", b"Origin")]
        if origin not in self._origins:
            return vary
        return [*vary, (b"access-control-allow-origin", origin), (b"cross-origin-resource-policy", b"cross-origin")]

    def preflight(self, scope: Scope) -> Headers | None:
        """Headers of the answer to a browser that asks before it sends; None if this is no such question."""
        asked = _header(scope["headers"], b"access-control-request-method")
        if scope["method"] != "OPTIONS" or not asked or _header(scope["headers"], b"origin") not in self._origins:
            return None
        return [
            (b"access-control-allow-methods", b"GET, POST"),
            (b"access-control-allow-headers", b"authorization, content-type"),
            (b"access-control-max-age", b"600"),
        ]

    def _knows_token(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        scheme, _, given = _header(headers, b"authorization").partition(b" ")
        # Compared in constant time. The admin token opens what the read token opens.
        same = hmac.compare_digest(given.strip(), self._token)
        admin = bool(self._admin) and hmac.compare_digest(given.strip(), self._admin)
        return scheme.lower() == b"bearer" and (same or admin)


def _who(address: str) -> str:
    """Who has an address. Whoever has one of version 6 usually has all that share its first half."""
    if ":" not in address:
        return address
    plain = IPv6Address(address.partition("%")[0])
    return str(plain.ipv4_mapped or IPv6Network((plain, 64), strict=False))


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    return next((value for key, value in headers if key == name), b"")
