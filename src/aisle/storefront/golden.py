"""Golden queries: what the operator wants found whatever is built; a version that loses one of them does not go live.

They are a plain text file in the shop's directory, `golden.tsv`, a line a query, so that they can be kept under version
control: the query, the number of a product, and among how many first hits it must be (10 unless said), with tabs
between. Empty lines and lines that start with # say nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aisle.errors import UserError
from aisle.files.atomic import write_atomic
from aisle.search.request import SearchRequest
from aisle.storefront.gate import Contender
from aisle.storefront.reading import vectors_of

GOLDEN_FILE = "golden.tsv"
TOP = 10
MOST_TOP = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldenQuery:
    """One query and what must be found for it."""

    query: str
    """As a shopper types it."""
    product_id: str
    """Product that must be among the first hits."""
    top: int = TOP
    """Among how many, 1 to 100."""

    def __post_init__(self) -> None:
        for name in ("query", "product_id"):
            value = getattr(self, name)
            if not value.strip() or any(sign in value for sign in "\t\r\n") or value.startswith("#"):
                raise UserError(
                    f"{name} {value!r} cannot be one of a golden query; it needs text, and no tab or line end"
                )
        if not 1 <= self.top <= MOST_TOP:
            raise UserError(f"top is {self.top}; it must be from 1 to {MOST_TOP}")


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldenPlace:
    """Where the product of a golden query stands."""

    query: str
    product_id: str
    top: int
    live: int | None
    """Its place in the live version, from 1; None if it is not among the first 100, or nothing is live."""
    candidate: int | None
    """Its place in the version that would go live."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GoldenReport:
    """How a version answers the golden queries, beside the live one."""

    queries: int
    """Golden queries."""
    live: int | None
    """How many of them the live version answers as wanted; None if nothing is live."""
    candidate: int
    """How many the version that would go live answers."""
    lost: tuple[GoldenPlace, ...]
    """Those that the live version answers and the other does not: reason enough to refuse it."""
    missed: tuple[GoldenPlace, ...]
    """Those that neither answers: told, but no reason to keep the live version."""
    gone: tuple[str, ...]
    """Products of golden queries that the catalogue no longer has; nothing can find them."""

    @property
    def accepted(self) -> bool:
        """Whether the version may go live."""
        return not self.lost


def load_golden(shop: Path) -> tuple[GoldenQuery, ...]:
    """The golden queries of a shop; none where there is no file. Raises UserError for a line that makes no sense."""
    path = shop / GOLDEN_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}); it must be a text file in UTF-8, a line a query") from None
    return parse_golden(text, str(path))


def parse_golden(text: str, source: str) -> tuple[GoldenQuery, ...]:
    """The golden queries of a text; of two with the same query and product the last holds."""
    found: dict[tuple[str, str], GoldenQuery] = {}
    # Not splitlines: a query may hold signs that it takes for line ends.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        try:
            if len(cells) not in (2, 3):
                raise UserError(f"it has {len(cells)} columns; write query, product and, if you like, a number")
            if len(cells) == 3 and not (cells[2].strip().isascii() and cells[2].strip().isdigit()):
                raise UserError(f"{cells[2]!r} is no number")
            top = int(cells[2][:20]) if len(cells) == 3 else TOP
            golden = GoldenQuery(query=cells[0].strip(), product_id=cells[1].strip(), top=top)
        except UserError as error:
            raise UserError(f"{source}, line {number}: {error}") from None
        found[golden.query, golden.product_id] = golden
    return tuple(found.values())


def save_golden(shop: Path, golden: Iterable[GoldenQuery]) -> None:
    """Write the file anew."""
    lines = (f"{each.query}\t{each.product_id}\t{each.top}\n" for each in golden)
    write_atomic(shop / GOLDEN_FILE, "# query, product, among how many first hits\n" + "".join(lines))


def places(golden: Sequence[GoldenQuery], contender: Contender) -> list[int | None]:
    """Where each golden query's product stands, from 1; None if it is not among the first 100."""
    queries = list(dict.fromkeys(each.query for each in golden))
    vectors = {} if contender.encoder is None else vectors_of(contender.index, contender.encoder, queries)
    found = {}
    for query in queries:
        hits = contender.index.search(SearchRequest(query=query, k=MOST_TOP), vectors.get(query)).hits
        found[query] = {hit.product_id: place for place, hit in enumerate(hits, 1)}
    return [found[each.query].get(each.product_id) for each in golden]


def check_golden(
    golden: Sequence[GoldenQuery], live: Contender | None, candidate: Contender, catalogue: Collection[str]
) -> GoldenReport:
    """Ask both. `catalogue` has the ids of all products; a product that left it is nobody's fault."""
    gone = tuple(dict.fromkeys(each.product_id for each in golden if each.product_id not in catalogue))
    asked = [each for each in golden if each.product_id in catalogue]
    before = places(asked, live) if live is not None else [None] * len(asked)
    after = places(asked, candidate)
    lost: list[GoldenPlace] = []
    missed: list[GoldenPlace] = []
    for each, was, is_now in zip(asked, before, after, strict=True):
        if _within(is_now, each.top):
            continue
        place = GoldenPlace(query=each.query, product_id=each.product_id, top=each.top, live=was, candidate=is_now)
        (lost if _within(was, each.top) else missed).append(place)
    return GoldenReport(
        queries=len(golden),
        live=None if live is None else sum(_within(was, each.top) for each, was in zip(asked, before, strict=True)),
        candidate=len(asked) - len(lost) - len(missed),
        lost=tuple(lost),
        missed=tuple(missed),
        gone=gone,
    )


def refuse_golden(report: GoldenReport) -> UserError:
    """The error that stops a build which loses golden queries."""
    told = "; ".join(
        f"{place.query!r}: {place.product_id} at {place.live} live, "
        f"{f'at {place.candidate}' if place.candidate else 'not among the first 100'} in the new version, "
        f"wanted among {place.top}"
        for place in report.lost[:5]
    )
    more = f"; and {len(report.lost) - 5} more" if len(report.lost) > 5 else ""
    return UserError(
        f"the new version loses {len(report.lost)} of {report.queries} golden queries ({told}{more}), so the live one "
        "stays; mend it, change the list with aisle shop golden, or take it live all the same with --force"
    )


def _within(place: int | None, top: int) -> bool:
    return place is not None and place <= top
