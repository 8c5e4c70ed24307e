"""What a completer learns from: plain text, tables and mail; what it never gets to read."""

from __future__ import annotations

import gzip
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisle.errors import UserError
from aisle.tasks.complete.correspondence import letters
from aisle.tasks.complete.mail import own_words
from aisle.tasks.complete.privacy import PRIVATE, hidden
from aisle.tasks.complete.threads import Thread, read_threads


def test_plain_text_is_a_document_between_empty_lines_and_a_message_a_line(tmp_path: Path) -> None:
    path = tmp_path / "books.txt.gz"
    path.write_bytes(gzip.compress(b"\nOne  line.\nAnother.\n\n\nSecond document.\n"))
    assert list(read_threads([path])) == [
        Thread(messages=("One line.", "Another.")),
        Thread(messages=("Second document.",)),
    ]


def test_a_table_is_a_thread_a_row_with_subject_and_previous_message(tmp_path: Path) -> None:
    path = tmp_path / "mail.tsv"
    path.write_text("previous\tsubject\ttext\nAre you there?\tLunch\tYes, I am.\n\t\tAlone.\n")
    assert list(read_threads([path])) == [
        Thread(messages=("Are you there?", "Yes, I am."), subject="Lunch"),
        Thread(messages=("Alone.",)),
    ]


@pytest.mark.parametrize(("name", "text"), [("empty.txt", "\n\n"), ("none.tsv", "sentence\n")])
def test_a_file_without_text_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UserError, match=name):
        list(read_threads([tmp_path / name]))


def test_a_table_without_a_column_of_text_says_which_it_has(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="columns are a, b"):
        list(read_threads([tmp_path / "x.csv"]))


def mbox(path: Path, messages: list[EmailMessage]) -> Path:
    with path.open("wb") as file:
        for message in messages:
            file.write(b"From someone Thu Jan  1 00:00:00 2026\n" + message.as_bytes().replace(b"\nFrom ", b"\n>From "))
            file.write(b"\n\n")
    return path


def message(number: int, subject: str, body: str, *, answers: int = 0, day: int = 1) -> EmailMessage:
    one = EmailMessage()
    one["Message-ID"] = f"<{number}@x.example>"
    one["Subject"] = subject
    one["Date"] = f"Thu, {day:02} Jan 2026 10:00:00 +0000"
    if answers:
        one["In-Reply-To"] = f"<{answers}@x.example>"
    one.set_content(body)
    return one


def test_mail_is_sorted_into_conversations_by_what_answers_what(tmp_path: Path) -> None:
    path = mbox(
        tmp_path / "all.mbox",
        [
            message(2, "Re: Lunch", "Hi Ann,\n\nYes, at noon.\n\nBest regards,\nBob\n", answers=1, day=2),
            message(1, "Lunch", "Are you hungry?\n", day=1),
            message(3, "Invoice", "The invoice is attached.\n> old text\n", day=3),
            message(4, "RE: Lunch", "See you there.\n\n-- \nAnn\nChief of something\n", answers=2, day=4),
        ],
    )
    lunch, invoice = read_threads([path])
    assert lunch == Thread(messages=("Are you hungry?", "Yes, at noon.", "See you there."), subject="Lunch")
    assert invoice == Thread(messages=("The invoice is attached.",), subject="Invoice")


def test_an_encoded_subject_and_another_charset_are_read(tmp_path: Path) -> None:
    one = message(1, "Café am Freitag", "")
    one.set_content("Grüße aus Köln.\n", charset="iso-8859-1")
    (thread,) = read_threads([mbox(tmp_path / "a.mbox", [one])])
    assert thread == Thread(messages=("Grüße aus Köln.",), subject="Café am Freitag")


def test_what_is_no_mbox_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_text("hello")
    with pytest.raises(UserError, match="is no mbox"):
        list(read_threads([tmp_path / "a.mbox"]))
    with pytest.raises(UserError, match="no such file"):
        list(read_threads([tmp_path / "b.mbox"]))


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Dear Ms Jones,\nplease call.\nThanks in advance,\nEve", "please call."),
        ("I agree.\n\nOn Monday, Jan 5, Ann wrote:\n> what?", "I agree."),
        ("Fine.\n-----Original Message-----\nFrom: Ann", "Fine."),
        ("Done.\nSent from my phone", "Done."),
        ("Hello world of mail, this sentence goes on and is no greeting.", None),
        ("Thanks\nfor one\nand two\nand three\nand four\nand five\nand six\nand seven", None),
    ],
)
def test_quotes_greetings_closings_and_signatures_are_not_own_words(text: str, own: str | None) -> None:
    assert own_words(text) == (" ".join(text.split()) if own is None else own)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://x.example/a?b=c.", f"see {PRIVATE}."),
        ("write to a.b+c@mail.example or www.x.example", f"write to {PRIVATE} or {PRIVATE}"),
        ("call +1 (555) 010-4477 now", f"call {PRIVATE} now"),
        ("account 4471123, code XK55127", f"account {PRIVATE}, code {PRIVATE}"),
        ("in 1815 he had 300 francs at 5 p.m. on 3 May", "in 1815 he had 300 francs at 5 p.m. on 3 May"),
        ("a text with <end> and <private> in it", "a text with < end> and < private> in it"),
    ],
)
def test_addresses_and_long_numbers_are_hidden_and_marks_taken_apart(text: str, expected: str) -> None:
    assert hidden(text) == expected


@given(st.text(max_size=80))
def test_no_long_number_is_left(text: str) -> None:
    assert not any(
        sum(c.isdecimal() and c.isascii() for c in word) >= 9 for word in hidden(f"{text} 123456789").split()
    )


def test_made_up_letters_are_the_same_for_the_same_seed_and_have_no_open_places() -> None:
    first, again, other = (list(letters(200, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    everything = " ".join(text for thread in first for text in (*thread.messages, thread.subject))
    assert not set("{}|$") & set(everything)
    assert not any("  " in text for thread in first for text in thread.messages)
