"""What is hidden from the model before it reads a text: addresses and numbers by which people can be reached."""

from __future__ import annotations

import re

from aisle.tasks.complete.marks import PRIVATE, without_marks

_PRIVATE = re.compile(
    r"""
      (?:https?://|www\.)[^\s<>"]*[^\s<>".,;:!?)]  # web addresses
    | [\w.+%-]+@[\w-]+(?:\.[\w-]+)+           # mail addresses
    | (?<![\w.])\+?\(?\d[\d\s()./-]{5,}\d(?!\w)  # telephone numbers, and groups of digits like them
    | (?<!\w)(?=\w*\d\w*\d\w*\d\w*\d\w*\d)\w{5,}(?!\w)  # words with five digits or more: accounts, orders, codes
    """,
    re.VERBOSE,
)


def hidden(text: str) -> str:
    """The text with every web and mail address, telephone number and long number replaced by one mark.

    Marks that the text itself has are taken apart, so that no text can pretend to be the end of one.
    """
    return _PRIVATE.sub(PRIVATE, without_marks(text))
