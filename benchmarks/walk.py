"""How long the page of the walk keeps a browser busy: `python -m benchmarks.walk [--encoder ENC] [--tokens 128 512]`.

Every step is clicked in a headless Chromium, the second time with a server that has seen the text, so that the page is
measured and not the encoder. The longest task is the longest work of the page's thread in one go, during which it does
not answer, in that thread's own processor time: what else runs on the machine does not count. `--encoder base` takes
random weights in the shape of BERT-Base.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import torch
import uvicorn
from playwright.sync_api import Page, sync_playwright

from aisle.inspection.inspector import Inspector
from aisle.model.config import EncoderConfig
from aisle.model.encoder import Encoder
from aisle.model.source import find_checkpoint
from aisle.serve.run import address_of, config, listen
from aisle.serve.settings import ServeSettings
from aisle.serve.walk_app import create_walk_app

STEPS = (
    "text", "pieces", "ids", "sum", "positions", "qkv", "score", "softmax", "context", "join", "norm1", "ffn", "norm2",
    "lines", "glance", "neurons", "caveat", "pool", "match",
)  # fmt: skip
SENTENCE = "the animal did not cross the street because it was too tired and oat milk is good for breakfast"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--tokens", type=int, nargs="+", default=[128, 512])
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        encoder = random_base(Path(folder)) if given.encoder == "base" else given.encoder
        settings = ServeSettings(port=0)
        listener = listen(settings)
        server = uvicorn.Server(config(create_walk_app(encoder, settings), settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            for tokens in given.tokens:
                measure(address_of(listener), encoder, tokens)
        finally:
            server.should_exit = True
            thread.join()


def random_base(folder: Path) -> str:
    """BERT-Base's shape with random weights, and the vocabulary of minilm."""
    Encoder(EncoderConfig()).save(folder)
    source = find_checkpoint("minilm")
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    return str(folder)


def text_of(encoder: str, tokens: int) -> str:
    """A text that fills so many tokens, or a little more where the encoder ends."""
    inspector, words = Inspector.load(encoder), SENTENCE.split()
    count = tokens
    while len(inspector.tokens(" ".join(words[k % len(words)] for k in range(count)), limit=4096).ids) > tokens:
        count -= 1
    return " ".join(words[k % len(words)] for k in range(count))


def measure(address: str, encoder: str, tokens: int) -> None:
    """Print a row for each step."""
    text = text_of(encoder, tokens)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(f"{address}/walk#{urlencode({'text': text, 'layer': 2, 'head': 3})}")
        page.wait_for_selector("#stage[aria-busy=false]", timeout=120_000)
        print(f"\n{encoder}, {tokens} tokens\n{'step':<12}{'drawn s':>9}{'longest task ms':>18}{'first time s':>15}")
        worst, slowest = 0.0, ""
        for step in STEPS:
            first = visit(page, step)
            visit(page, "match" if step == "text" else "text")
            browser.start_tracing(page=page, categories=["toplevel"])
            drawn = visit(page, step)
            page.wait_for_timeout(300)
            longest = longest_task(browser.stop_tracing())
            if longest > worst:
                worst, slowest = longest, step
            print(f"{step:<12}{drawn:>9.2f}{longest:>18.0f}{first:>15.2f}", flush=True)
        print(f"longest of all: {worst:.0f} ms ({slowest})")
        browser.close()


def longest_task(trace: bytes) -> float:
    """Milliseconds of processor time of the longest task of a page's main thread in a trace of Chromium's."""
    events = json.loads(trace)["traceEvents"]
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e.get("name") == "thread_name"}
    tasks = [
        event["tdur"]
        for event in events
        if event.get("name") == "ThreadControllerImpl::RunTask"
        and "tdur" in event
        and names.get((event["pid"], event["tid"])) == "CrRendererMain"
    ]
    assert tasks, "the trace holds no tasks"
    return max(tasks) / 1000


def visit(page: Page, step: str) -> float:
    """Click a step and wait until it is drawn; the seconds it took."""
    started = time.perf_counter()
    page.locator(f"#stations a[href*='step={step}']").click()
    page.wait_for_selector(f"#stations [aria-current][href*='step={step}']")
    page.wait_for_selector("#stage[aria-busy=false]", timeout=120_000)
    if step == "glance":
        page.wait_for_function("() => !document.querySelector('.glance-row:not([data-drawn])')", timeout=300_000)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
