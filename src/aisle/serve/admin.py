"""The admin token."""

from __future__ import annotations

import hmac
import os

from starlette.requests import Request

from aisle.serve.problems import ProblemError
from aisle.serve.settings import ServeSettings


class Gate:
    """Lets through who knows the admin token; while none is set, nobody. The token is never logged or shown."""

    def __init__(self, settings: ServeSettings) -> None:
        self._variable = settings.admin_token_variable
        self._token = os.environ.get(settings.admin_token_variable, "").encode()

    def check(self, request: Request) -> None:
        """Raises ProblemError unless the request carries the token."""
        if not self._token:
            raise ProblemError("admin-closed", f"No admin token is set; it comes from the variable {self._variable}.")
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # Compared in constant time, and before the scheme: the time taken tells nothing about the token.
        same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._token)
        if not same or scheme.lower() != "bearer":
            raise ProblemError(
                "token-needed",
                "This route needs the admin token.",
                headers={"www-authenticate": 'Bearer realm="aisle"'},
            )
