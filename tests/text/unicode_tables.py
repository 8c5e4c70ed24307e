"""Writes `src/aisle/text/unicode_classes.py`'s tables by asking the fast tokenizer about every code point.

Run `python tests/text/unicode_tables.py` and paste what it prints when `test_unicode_classes.py` reports that a newer
`tokenizers` sorts characters differently. It needs the `regex` package, for a recent Unicode database.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from tokenizers import normalizers, pre_tokenizers

CLEAN = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=False, strip_accents=False, lowercase=False)
STRIP = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=True, lowercase=False)
LOWER = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=True)
CJK = normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=False)
NFD = normalizers.NFD()
WORDS = pre_tokenizers.BertPreTokenizer()


def code_points() -> Iterator[str]:
    """Every character of Unicode, surrogates (which are not characters) left out."""
    for code in range(0x110000):
        if not 0xD800 <= code < 0xE000:
            yield chr(code)


def fast_is_punctuation(char: str) -> bool:
    return [piece for piece, _ in WORDS.pre_tokenize_str(f"a{char}a")] == ["a", char, "a"]


def fast_decomposes_or_reorders(char: str) -> bool:
    """Whether canonical decomposition, as the fast tokenizer knows it, has anything to do with this character."""
    own = NFD.normalize_str(char)
    return (
        own != char
        or NFD.normalize_str(f"a{char}\u0334") != f"a{own}\u0334"
        or NFD.normalize_str(f"a\u0301{char}") != f"a\u0301{own}"
    )


def ranges(chars: Iterable[str]) -> str:
    """`"41-5a 5f"` for A to Z and the underscore."""
    found: list[list[int]] = []
    for code in map(ord, chars):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return " ".join(f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in found)


def main() -> None:
    import regex

    decomposes = regex.compile(r"\p{Decomposition_Type=Canonical}|[^\p{Canonical_Combining_Class=0}]")
    tables = {
        "REMOVED": ranges(c for c in code_points() if CLEAN.normalize_str(c) == ""),
        "MARKS": ranges(c for c in code_points() if STRIP.normalize_str(c) == ""),
        "PUNCTUATION": ranges(c for c in code_points() if fast_is_punctuation(c)),
        "UNKNOWN_TO_NFD": ranges(
            c for c in code_points() if decomposes.fullmatch(c) and not fast_decomposes_or_reorders(c)
        ),
    }
    for name, text in tables.items():
        print(f'{name} = _Ranges("""\n{textwrap.fill(text, 120)}\n""")\n')
    newer = {c: LOWER.normalize_str(c) for c in code_points() if LOWER.normalize_str(c) != c.lower()}
    print("NEWER_CAPITALS = {")
    for char, lower in newer.items():
        print(f"    0x{ord(char):x}: 0x{ord(lower):x},")
    print("}")


if __name__ == "__main__":
    main()
