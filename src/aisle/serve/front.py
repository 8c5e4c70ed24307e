"""The outermost layer: every request passes it, every answer gets its headers and is counted here."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aisle.serve.counted import FAMILIES, route_label
from aisle.serve.guard import Guard, Headers
from aisle.serve.metrics import Metrics
from aisle.serve.problems import ProblemError, of_exception, response
from aisle.serve.settings import ServeSettings

logger = logging.getLogger("aisle.serve")

TIMED = frozenset(dict(next(f for f in FAMILIES if f.name == "aisle_request_seconds").labels)["route"])
JSON_HEADERS = [(b"content-type", b"application/json")]

# From the query string to the JSON body of the answer. Runs on the event loop, so it must be quick.
Quick = Callable[[bytes], bytes]


class Front:
    """ASGI middleware: limits, security headers, counting, the log, and the last resort for exceptions."""

    def __init__(
        self, app: ASGIApp, *, settings: ServeSettings, metrics: Metrics, quick: Mapping[str, Quick] | None = None
    ) -> None:
        """`quick`: GET addresses answered right here; a keystroke is not worth the way through the framework."""
        self.app = app
        self.settings = settings
        self.metrics = metrics
        self.quick = dict(quick or {})
        self.headers = security_headers(settings)
        self.guard = Guard(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status, finished = 0, False
        extra = self.guard.cors(scope)

        async def send_with_headers(message: Message) -> None:
            nonlocal status, finished
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *without(self.headers, extra), *extra]
            await send(message)
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)

        path: str = scope["path"]
        try:
            quick = self.quick.get(path)
            # A browser asks without the token that it is going to send.
            preflight = self.guard.preflight(scope)
            if preflight is None:
                self.guard.check(scope)
            if preflight is not None:
                await send_with_headers({"type": "http.response.start", "status": 204, "headers": preflight})
                await send_with_headers({"type": "http.response.body", "body": b""})
            elif quick is not None and scope["method"] == "GET":
                body = quick(scope["query_string"])
                headers = [*JSON_HEADERS, (b"content-length", b"%d" % len(body)), (b"cache-control", b"no-store")]
                await send_with_headers({"type": "http.response.start", "status": 200, "headers": headers})
                await send_with_headers({"type": "http.response.body", "body": body})
            else:
                await self.app(scope, limited(receive, scope, self.settings.max_body_bytes), send_with_headers)
        except ClientDisconnect:
            # It went away in the middle of its request: nobody is left to answer, and nothing failed here.
            status = 499
        except Exception as error:
            problem = of_exception(error)
            if problem.kind == "defect":
                logger.exception("%s %s failed", scope["method"], path)
            if not status:
                await response(problem, path)(scope, receive, send_with_headers)
            elif not finished:
                # Half an answer cannot be taken back: the server closes the connection, so that the client sees it.
                raise
        finally:
            self.count(path, status, time.perf_counter() - started, scope["method"])

    def count(self, path: str, status: int, seconds: float, method: str) -> None:
        """Count one request that has been answered, and log it if asked to."""
        route = route_label(path)
        self.metrics.add("aisle_requests_total", route, f"{min(max(status // 100, 2), 5)}xx")
        self.metrics.observe("aisle_request_seconds", route if route in TIMED else "other", value=seconds)
        if self.settings.access_log:
            # The query string stays out of the log: what people look for is theirs.
            entry = {"method": method, "path": path, "status": status, "milliseconds": round(seconds * 1000, 3)}
            logger.info("%s", json.dumps(entry))


def without(headers: Headers, replaced: Headers) -> Headers:
    """The headers whose names are not among those of `replaced`."""
    names = {name for name, _ in replaced}
    return [header for header in headers if header[0] not in names] if names else headers


def limited(receive: Receive, scope: Scope, most: int) -> Receive:
    """`receive`, but a body of more than `most` bytes raises, by its announced length or by what arrives."""
    problem = ProblemError("too-large", f"The body is larger than {most} bytes, the most accepted here.")
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    arrived = int(announced) if announced.isdigit() and len(announced) < 20 else 0
    if arrived > most:
        raise problem
    arrived = 0

    async def receive_limited() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > most:
            raise problem
        return message

    return receive_limited


def security_headers(settings: ServeSettings) -> Headers:
    """Headers of every answer. Scripts and styles only as files from here; nothing inline, nothing from elsewhere."""
    pictures = " ".join(["'self'", *settings.image_origins])
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode("latin-1")),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]
