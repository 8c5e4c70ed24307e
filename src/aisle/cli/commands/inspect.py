"""`aisle inspect`: the walk of a text through an encoder."""

from __future__ import annotations

import json as json_text
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tyro.conf import Positional

from aisle.cli.output import notices
from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.model.source import find_checkpoint

if TYPE_CHECKING:
    from aisle.inspection.inspector import Inspector


@dataclass(frozen=True, kw_only=True)
class Inspect:
    """Follow a text through every step of an encoder: in words here, as JSON, as a page, or as a file that holds it."""

    text: Positional[str] = ""
    """The text; not needed with --serve."""
    pair: str = ""
    """A second text: sentence B of the input, and the other side of the match."""
    encoder: str = "minilm"
    """`minilm` or a checkpoint directory."""
    layer: int = 0
    """The layer that is told in detail here, counted from 0."""
    head: int = 0
    """The head that is told in detail here, counted from 0."""
    steps: tuple[str, ...] = ()
    """Names of steps whose numbers are wanted, with `*` for any: 'layer.3.*' pooled.mean. Without it: all of them."""
    html: str = ""
    """Write the page with this walk into one file that opens without a server."""
    serve: bool = False
    """Serve the page on 127.0.0.1 until told to stop."""
    port: int = 8000
    """Port for --serve; 0 takes a free one and prints it."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def run(self) -> None:
        """Walk."""
        chosen = [
            name for name, given in (("--serve", self.serve), ("--html", self.html), ("--json", self.json)) if given
        ]
        if len(chosen) > 1:
            raise UserError(f"{' and '.join(chosen)} are different forms of the walk; choose one")
        find_checkpoint(self.encoder)
        inspector = self._inspector()
        if self.serve:
            self._serve()
        elif self.html:
            self._write(inspector)
        elif self.json:
            print_walk_json(inspector, self.text, self.pair, self.steps or ("*",))
        else:
            from aisle.cli.walk import print_steps, print_walk

            if self.steps:
                print_steps(inspector, self.text, self.pair, self.steps)
            else:
                print_walk(inspector, self.text, self.pair, layer=self.layer, head=self.head)

    def _inspector(self) -> Inspector:
        try:
            import torch  # noqa: F401
        except ImportError:
            raise UserError(
                "the walk runs the encoder that trains, and torch is not here; install it: see README, Install"
            ) from None
        from aisle.inspection.inspector import Inspector
        from aisle.inspection.parity import parity

        inspector = Inspector.load(self.encoder)
        parity(inspector, measuring=True)
        return inspector

    def _serve(self) -> None:
        from urllib.parse import urlencode

        from aisle.serve.walk_app import run_walk

        given = {name: value for name, value in (("text", self.text), ("pair", self.pair)) if value}
        fragment = f"#{urlencode(given)}" if given else ""
        run_walk(
            self.encoder,
            port=self.port,
            started=lambda address: notices.print(f"the walk is on {address}/walk{fragment}", soft_wrap=True),
        )

    def _write(self, inspector: Inspector) -> None:
        from aisle.serve.walk_file import walk_file

        text = walk_file(inspector, self.text, self.pair, steps=self.steps or ("*",))
        write_atomic(Path(self.html), text)
        notices.print(f"wrote {self.html} ({len(text) / 2**20:.1f} MB); it opens in a browser, without a server")


def print_walk_json(inspector: Inspector, text: str, pair: str, steps: tuple[str, ...]) -> None:
    """One JSON object; the numbers of one step at a time, so that a long text needs no more memory than its trace."""
    from aisle.inspection.habits import HeadHabits
    from aisle.inspection.summary import overview, written
    from aisle.inspection.trace import matches

    habits = HeadHabits(inspector.tokens(text, pair).special)
    trace = inspector.trace(text, pair, steps=steps, also=habits)
    head = json_text.dumps(overview(inspector, text, pair) | {"heads": habits.layers}, ensure_ascii=False)
    sys.stdout.write(f'{head[:-1]}, "steps": {{')
    for place, (name, step) in enumerate(trace.steps.items()):
        entry = written(step) | ({"values": trace[name].tolist()} if matches(name, steps) else {})
        sys.stdout.write(f"{', ' if place else ''}{json_text.dumps(name)}: {json_text.dumps(entry)}")
    sys.stdout.write("}}\n")
