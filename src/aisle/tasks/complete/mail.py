"""Mail as threads: the words that people wrote themselves, without what programs and habits put around them."""

from __future__ import annotations

import email.errors
import mailbox
import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.utils import mktime_tz, parsedate_tz
from pathlib import Path

from aisle.errors import UserError
from aisle.tasks.complete.threads import Thread

# Where a reply begins to quote, in the ways that mail programs announce it.
_QUOTE_BEGINS = re.compile(
    r"^(-+ ?(original message|forwarded by|begin forwarded message).*|_{10,}|on .{4,200} wrote:|from: .+)$",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^(-- ?|sent from my .{2,40})$", re.IGNORECASE)
_GREETING = re.compile(r"^(dear|hi|hello|hey|good (morning|afternoon|evening))\b[^.!?]{0,40}[,!:-]?$", re.IGNORECASE)
_CLOSING = re.compile(
    r"^((kind|best|warm|many)? ?(regards|wishes|thanks)|thanks( again| in advance)?|thank you|yours( \w+)?|sincerely"
    r"( yours)?|cheers|best|love)[ ,.!]*$",
    re.IGNORECASE,
)
_REPLY_MARKS = re.compile(r"^((re|fwd?|aw|wg)(\[\d+\])?:\s*)+", re.IGNORECASE)


def read_mbox(path: Path) -> Iterator[Thread]:
    """The threads of an mbox, each with its messages by date.

    Messages belong together if one answers another (`In-Reply-To`, `References`) or, where these are missing, if they
    have the same subject but for `Re:`.

    Raises
        UserError: there is no such file, or it is no mbox.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no such file")
    with path.open("rb") as file:
        if file.read(5) != b"From ":
            raise UserError(f"{path} is no mbox: it does not start with 'From '; unpack it first if it is compressed")
    box = mailbox.mbox(path, create=False)
    try:
        conversations: dict[str, list[tuple[float, int, str]]] = {}
        subjects: dict[str, str] = {}
        roots: dict[str, str] = {}
        for number, message in enumerate(box):
            body = own_words(plain_text(message))
            subject = _REPLY_MARKS.sub("", _header(message, "Subject")).strip()
            root = _root(message, subject, roots, number)
            subjects.setdefault(root, subject)
            if body:
                conversations.setdefault(root, []).append((_date(message), number, body))
        for root, messages in conversations.items():
            yield Thread(messages=tuple(body for _, _, body in sorted(messages)), subject=subjects[root])
    finally:
        box.close()


def plain_text(message: Message) -> str:
    """The first plain text part of a message; empty where there is none."""
    for part in message.walk():
        if part.get_content_type() != "text/plain" or part.get_filename():
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            try:
                return payload.decode(part.get_content_charset() or "utf-8", errors="replace")
            except LookupError:  # a charset that nobody knows
                return payload.decode("utf-8", errors="replace")
    return ""


def own_words(text: str) -> str:
    """A message's text without quotes, signature, greeting and closing, on one line.

    Greetings and closings are left out because they are learnt too well and are stale in the next message.
    """
    lines: list[str] = []
    for raw in text.replace("\r\n", "\n").split("\n"):
        line = " ".join(raw.split())
        if _QUOTE_BEGINS.match(line) or _SIGNATURE.match(line) or raw.rstrip() == "--":
            break
        if line and not line.startswith((">", "|")):
            lines.append(line)
    if lines and _GREETING.match(lines[0]):
        del lines[0]
    closing = next((place for place, line in enumerate(lines) if _CLOSING.match(line)), None)
    # A closing stands near the end: the name follows, and perhaps a telephone number.
    if closing is not None and closing >= len(lines) - 6:
        del lines[closing:]
    return " ".join(lines)


def _root(message: Message, subject: str, roots: dict[str, str], number: int) -> str:
    """The conversation that a message belongs to; `roots` maps message ids and subjects to conversations."""
    own = _header(message, "Message-ID").strip() or f"message {number}"
    answered = re.findall(r"<[^<>\s]+>", f"{_header(message, 'References')} {_header(message, 'In-Reply-To')}")
    named = f"subject {subject.lower()}" if subject else own
    root = next((roots[key] for key in (own, *answered, named) if key in roots), own)
    for key in (own, *answered, *([] if answered else [named])):
        roots.setdefault(key, root)
    return root


def _header(message: Message, name: str) -> str:
    value = message.get(name, "")
    try:
        return " ".join(str(make_header(decode_header(str(value)))).split())
    except (LookupError, UnicodeError, ValueError, email.errors.HeaderParseError):
        return " ".join(str(value).split())


def _date(message: Message) -> float:
    parsed = parsedate_tz(_header(message, "Date"))
    try:
        return float(mktime_tz(parsed)) if parsed else 0.0
    except (OverflowError, ValueError):
        return 0.0
