"""The grammar: whatever is chosen, the line ends, parses, and names only what schema and question have."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aisle.sql.execution import Readable, run_select
from aisle.sql.grammar import MOST_SYMBOLS, Grammar, NotAllowedError
from aisle.sql.links import lay_out
from aisle.sql.render import render
from aisle.sql.sheet import CODES, Sheet
from aisle.sql.tree import Condition, Query
from aisle.sql.writing import symbols_of
from tests.sql.bookshop import TODAY, make_library, schema

QUESTIONS = (
    "how many books",
    "crime and plays at north or o'hara's since 2024, top 3 under 12.50",
    "'; DROP TABLE books; --",
    '100% of _under_ "quoted" order by \\ slashes',
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Readable:
    return make_library(tmp_path_factory.mktemp("library") / "library.sqlite")


def walked(sheet: Sheet, choices: st.DataObject) -> list[int]:
    """Symbols chosen at random among those allowed, to the end."""
    grammar, symbols = Grammar(sheet), list[int]()
    while allowed := grammar.allowed(symbols):
        symbols.append(choices.draw(st.sampled_from(allowed)))
        assert len(symbols) <= MOST_SYMBOLS
    return symbols


def inner(query: Query | None) -> list[Query]:
    """A query and all inside it."""
    if query is None:
        return []
    return [query, *(one for condition in query.where for one in inner(condition.query))]


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(QUESTIONS))
def test_every_line_is_sql_that_runs_and_names_only_what_there_is(
    library: Readable, data: st.DataObject, question: str
) -> None:
    sheet = lay_out(question, schema(), today=TODAY)
    symbols = walked(sheet, data)
    query = Grammar(sheet).tree(symbols)
    assert (query is None) == (symbols == [CODES["UNKNOWN"]])
    if query is None:
        return
    # The authorizer refuses every table and column but those of the schema, and SQLite all that does not parse.
    run_select(render(query, sheet.schema), library)
    known = {value.value for value in sheet.values}
    for one in inner(query):
        for condition in one.where:
            own = [sheet.schema.table_of(condition.column) in one.tables]
            assert all(own), "a condition is on a table that is not in FROM"
            if condition.operator != "LIKE":
                assert set(condition.literals) <= known
            else:
                assert all(str(literal).lower() in question.lower() for literal in condition.literals)


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(QUESTIONS), st.booleans())
def test_symbols_and_trees_say_the_same(data: st.DataObject, question: str, closed: bool) -> None:
    sheet = lay_out(question, schema(closed=closed), today=TODAY)
    query = Grammar(sheet).tree(walked(sheet, data))
    # A word that stands twice in a question is written by its first place, and a place is named once.
    assume(not says_twice(query))
    again = symbols_of(query, sheet)
    assert Grammar(sheet).tree(again) == query


def says_twice(query: Query | None) -> bool:
    conditions = () if query is None else query.where
    return any(
        says_twice(one.query) or len({str(literal).lower() for literal in one.literals}) < len(one.literals)
        for one in conditions
    )


def test_what_was_allowed_is_told_for_every_symbol() -> None:
    sheet = lay_out("crime", schema(), today=TODAY)
    symbols = symbols_of(Query(tables=(0,), items=(), where=()), sheet)
    with pytest.raises(NotAllowedError):
        Grammar(sheet).tree(symbols)
    query = Query(tables=(0,), items=(), where=(Condition(column=1, operator="=", literals=("Crime",)),))
    with pytest.raises(NotAllowedError):
        Grammar(sheet).steps(symbols_of(query, sheet))


def test_a_line_that_stops_or_goes_on_is_refused() -> None:
    sheet = lay_out("books", schema(), today=TODAY)
    grammar = Grammar(sheet)
    whole = [sheet.first_table, CODES["SELECT"], CODES["COUNT(*)"], CODES["END"]]
    assert grammar.tree(whole) is not None
    assert grammar.allowed(whole) == []
    with pytest.raises(NotAllowedError):
        grammar.tree(whole[:-1])
    with pytest.raises(NotAllowedError):
        grammar.tree([*whole, CODES["END"]])


def test_nothing_is_compared_where_there_is_nothing_to_compare_with() -> None:
    sheet = lay_out("books", schema(), today=TODAY)
    start = [sheet.first_table + 1, CODES["SELECT"], CODES["COUNT(*)"], CODES["WHERE"], sheet.first_column + 5]
    allowed = Grammar(sheet).allowed(start)
    assert CODES["WITHIN"] not in allowed
    dated = lay_out("books in 2024", schema(), today=TODAY)
    start = [dated.first_table + 1, CODES["SELECT"], CODES["COUNT(*)"], CODES["WHERE"], dated.first_column + 5]
    assert CODES["WITHIN"] in Grammar(dated).allowed(start)


def test_a_value_is_offered_only_for_its_own_columns() -> None:
    sheet = lay_out("crime at north", schema(), today=TODAY)
    names = [value.value for value in sheet.values]
    genre = [sheet.first_table, CODES["SELECT"], CODES["COUNT(*)"], CODES["WHERE"], sheet.first_column + 1, CODES["="]]
    offered = {names[symbol - sheet.first_value] for symbol in Grammar(sheet).allowed(genre)}
    assert offered == {"Crime"}


def test_no_column_is_selected_twice() -> None:
    sheet = lay_out("how many books per genre", schema(), today=TODAY)
    genre = sheet.first_column + 1
    begun = [sheet.first_table, CODES["SELECT"], genre]
    allowed = Grammar(sheet).allowed(begun)
    assert genre not in allowed
    assert CODES["COUNT(*)"] in allowed
