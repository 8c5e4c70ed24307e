"""The walk of one text as one file that opens without a server: the page /walk with its scripts and numbers inside.

Scripts become `data:` addresses in an import map; the numbers of a step become text that the page reads when it draws
that step. The file's own policy forbids every request.
"""

from __future__ import annotations

import base64
import html
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aisle.errors import UserError
from aisle.inspection.inspector import Inspector
from aisle.inspection.summary import summary
from aisle.inspection.trace import matches
from aisle.serve.pages import STATIC, template
from aisle.serve.walk_pages import walk_values

MOST_BYTES = 160 * 1024 * 1024
"""Largest file that is written: browsers become slow with larger ones."""
POLICY = "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; img-src data:"
IMPORT = re.compile(r'(\bfrom\s+|\bimport\s*\(?\s*)"(\.{1,2}/[^"]+|/static/[^"]+)"')


def walk_file(inspector: Inspector, text: str, pair: str = "", *, steps: Sequence[str] = ("*",)) -> str:
    """The file's text, with the numbers of the steps whose names match `steps`.

    Raises
        UserError: the numbers would make the file too large, a pattern matches no step, or the text is empty.
    """
    shapes = inspector.trace(text, pair, steps=()).steps
    size = sum(math.prod(step.shape) for step in shapes.values() if matches(step.name, steps)) * 16 // 3
    if size > MOST_BYTES:
        raise UserError(
            f"the numbers of this walk would make a file of {size // 2**20} MB, and {MOST_BYTES // 2**20} MB is the "
            "most that browsers open well; shorten the text, or choose: --steps 'embeddings.*' 'layer.0.*' 'pooled.*'"
        )
    trace = inspector.trace(text, pair, steps=steps)
    values = walk_values("aisle", shop=False, facts={"file": True, "lessons": False})
    page = template("walk.html").substitute({key: html.escape(value) for key, value in values.items()})
    numbers = [_numbers("step", name, trace[name]) for name in trace.names]
    numbers += [_numbers("table", name, table) for name, table in _tables(inspector).items()]
    data = [_json("walk-summary", summary(inspector, text, pair)), *numbers]
    page = re.sub(r'<link rel="icon"[^>]*>', "", page)
    page = re.sub(r'<link rel="stylesheet" href="/static/([^"]+)">', lambda found: _style(found[1]), page)
    page = re.sub(
        r'<script type="module" src="/static/([^"]+)"></script>', lambda found: _scripts(found[1], data), page
    )
    policy = f'<meta http-equiv="content-security-policy" content="{POLICY}">'
    return page.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n  {policy}')


def _tables(inspector: Inspector) -> dict[str, NDArray[np.float32]]:
    """Position tables, biases and the scales of LayerNorm. The large matrices stay out."""
    small = [name for name, value in inspector.encoder.state_dict().items() if value.ndim == 1]
    return {name: inspector.table(name) for name in ("position", "sinusoidal", *small)}


def _numbers(kind: str, name: str, array: NDArray[np.float32]) -> str:
    """An array as text: base64 of little-endian float32."""
    shape = ",".join(map(str, array.shape))
    data = base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")
    return f'<script type="text/plain" data-kind="{kind}" data-name="{name}" data-shape="{shape}">{data}</script>'


def _json(identifier: str, value: Any) -> str:
    # Without "<" nothing in it can end the script element or begin a comment.
    written = json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/json" id="{identifier}">{written}</script>'


def _style(file: str) -> str:
    return f"<style>\n{(STATIC / file).read_text('utf-8')}</style>"


def _scripts(first: str, data: list[str]) -> str:
    modules: dict[str, str] = {}
    _collect(STATIC / first, modules)
    imports = {
        name: "data:text/javascript;base64," + base64.b64encode(text.encode()).decode("ascii")
        for name, text in modules.items()
    }
    return "\n".join(
        [
            *data,
            f'<script type="importmap">{json.dumps({"imports": imports})}</script>',
            f'<script type="module">import "aisle/{first}";</script>',
        ]
    )


def _collect(path: Path, modules: dict[str, str]) -> None:
    """A module and all that it imports, by names that need no address: `aisle/walk/main.js`."""
    name = f"aisle/{path.relative_to(STATIC).as_posix()}"
    if name in modules:
        return
    modules[name] = ""
    found: list[Path] = []

    def renamed(match: re.Match[str]) -> str:
        given = match[2]
        target = STATIC / given.removeprefix("/static/") if given.startswith("/") else path.parent / given
        found.append(target.resolve())
        return f'{match[1]}"aisle/{target.resolve().relative_to(STATIC.resolve()).as_posix()}"'

    modules[name] = IMPORT.sub(renamed, path.read_text("utf-8"))
    for target in found:
        _collect(STATIC / target.relative_to(STATIC.resolve()), modules)
