"""Request bodies: one JSON document, strictly."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from starlette.requests import Request

from aisle.serve.problems import ProblemError

SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


async def read_json(request: Request) -> Any:
    """The body as JSON. Raises ProblemError for another media type, bytes that are not UTF-8, NaN, half characters.

    The media type is insisted on because it keeps other sites' pages from posting here without asking first (CORS).
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        given = f"it is {media_type[:60]!r}" if media_type else "it is missing"
        raise ProblemError("wrong-media-type", f"The content type must be application/json; {given}.")
    body = await request.body()
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        if SURROGATE.search(body):
            # Half of a surrogate pair parses, but no database, index or answer can hold it.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError("bad-json", f"The body is not UTF-8: byte {error.start} is wrong.") from None
    except UnicodeEncodeError:
        raise ProblemError("bad-json", "The body holds half of a surrogate pair, which is no character.") from None
    except json.JSONDecodeError as error:
        raise ProblemError("bad-json", f"{error.msg} at line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise ProblemError("bad-json", "The body is nested too deeply.") from None
    except ValueError as error:
        # Also a number of more digits than Python converts.
        raise ProblemError("bad-json", f"The body holds a value that cannot be read: {error}.") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
