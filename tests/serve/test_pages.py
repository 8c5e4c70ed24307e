"""The pages: whole without another server, nothing inline, everything shown escaped."""

import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aisle.serve import pages
from aisle.serve.counted import FAMILIES
from aisle.serve.problems import KINDS

STATIC = pages.STATIC
FILES = sorted(path for path in STATIC.rglob("*") if path.is_file())


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("address", ["/", "/docs", "/compare"])
def test_pages_load_only_files_of_this_server_and_hold_no_inline_code(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    tags = Tags(answer.text).tags
    for tag, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        for name in ("src", "href", "action"):
            assert (attributes.get(name) or "/").startswith(("/", "#")), (tag, attributes)
        if tag == "script":
            assert attributes["src"]
    for _, attributes in tags:
        file = attributes.get("src") or attributes.get("href") or ""
        if file.startswith("/static/"):
            assert client.get(file).status_code == 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_file_of_the_pages_names_another_server_or_parses_text_as_html(path):
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"'`)<>]+", text)) <= {"http://www.w3.org/2000/svg"}
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "@import"):
        assert risky not in text


def test_the_content_security_policy_allows_nothing_inline_and_nothing_from_elsewhere(client):
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_facts_of_the_shop_stand_escaped_in_the_page(client):
    answer = client.get("/")
    assert "<title>Test &amp; &lt;Market&gt;</title>" in answer.text
    assert "<Market>" not in answer.text
    (body,) = [attributes for tag, attributes in Tags(answer.text).tags if tag == "body"]
    facts = json.loads(body["data-facts"] or "")
    assert facts["name"] == "Test & <Market>"
    assert facts["simulated"] is True
    assert facts["stores"]


def test_every_value_of_a_page_is_escaped():
    hostile = '"><script>alert(1)</script>'
    text = pages.page("docs.html", name=hostile).body.decode()
    assert hostile not in text
    assert html.escape(hostile) in text


@pytest.mark.parametrize("file", ["../app.py", "%2e%2e/app.py", "..%2fapp.py", "/etc/passwd", "shop", "%00"])
def test_no_address_leads_out_of_the_static_files(client, file):
    answer = client.get(f"/static/{file}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_drawn_picture_a_neutral_one_and_never_markup_from_the_address(client):
    drawn = client.get("/thumbnails/carton-1a2b.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    neutral = client.get("/thumbnails/none.svg").text
    assert drawn.text != neutral
    for name in ("nosuch-1", "%3Cscript%3E", "carton%22onload", "..%2f..%2fetc"):
        assert client.get(f"/thumbnails/{name}.svg").text in (neutral, client.get("/nope").text)


def test_openapi_describes_every_route_with_its_problems(client):
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/api/search", "/api/versions", "/api/suggest", "/api/events", "/api/products", "/api/products/{product_id}",
        "/v1/embeddings", "/v1/models", "/healthz", "/readyz", "/metrics", "/thumbnails/{image}.svg",
        "/api/inspect", "/api/inspect/values", "/api/inspect/table", "/api/lessons", "/api/lessons/{name}",
        "/api/ask", "/api/complete", "/api/lab", "/api/lab/runs/{key}", "/api/lab/evaluations/{key}",
    }  # fmt: skip
    for path, methods in document["paths"].items():
        for described in methods.values():
            assert described["summary"], path
            for status, answer in described["responses"].items():
                if status.startswith(("4", "5")):
                    assert list(answer["content"]) == ["application/problem+json"], path
    search = {one["name"]: one["schema"] for one in document["paths"]["/api/search"]["get"]["parameters"]}
    assert search["k"]["maximum"] == 100


def test_the_documentation_names_every_route_metric_and_problem(client):
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for name in [*client.get("/openapi.json").json()["paths"], *(family.name for family in FAMILIES), *KINDS]:
        assert re.search(rf"[` ]{re.escape(name)}[`?]", text), name
