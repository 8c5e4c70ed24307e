"""Whether two texts ask for the same thing: what a cosine cannot tell.

An encoder puts "size 1 diapers" closer to "size 2 diapers" than "mayo" to "mayonnaise". So closeness alone never makes
a duplicate. What differs between the two texts is looked at word by word: numbers, negations, opposites, brands and
attributes of the shop name another thing whatever the cosine says; and where the products are known, they must agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aisle.suggest.literal import letter_family, word_family
from aisle.text.plurals import fold_plural

_FILLERS = frozenset(("a", "and", "for", "in", "n", "of", "on", "or", "s", "the", "to", "with"))
_NEGATIONS = frozenset(
    ("alternative", "decaf", "decaffeinated", "diet", "extra", "fat", "free", "less", "light", "lite", "low", "mini",
     "no", "non", "not", "reduced", "skim", "substitute", "vegan", "without", "zero")
)  # fmt: skip
# Words that tell one thing from another of the same kind, by what they are about.
_KINDS_OF_DIFFERENCE = (
    "beige black blonde blue brown golden gray green grey orange pink purple red silver white yellow",
    "big family giant jumbo king large long medium narrow queen short single small tall tiny twin wide xl",
    "adult baby boy child cat dog girl infant kid men newborn puppy kitten toddler women unisex senior",
    "canned dried dry fresh frozen instant jarred pickled powdered raw refrigerated ripe shelf",
    "baked boiled cooked fried grilled ground minced roasted smoked steamed toasted",
    "bitter hot mild plain salty sharp sour spicy sweet savory tangy unflavored",
    "salted unsalted sweetened unsweetened seasoned unseasoned scented unscented bleached unbleached pasteurized",
    "sparkling still carbonated flat tonic", "dark milk semisweet", "creamy crunchy chunky smooth",
    "2% 1% whole skimmed nonfat lowfat", "day night morning evening", "left right front back upper lower",
    "breast thigh wing leg drumstick tenderloin rib chop loin shank", "almond cashew coconut oat rice soy pea hemp",
    "beef chicken duck fish ham lamb pork salmon shrimp tofu tuna turkey veal", "corn wheat rye spelt quinoa barley",
    "apple banana berry blackberry blueberry cherry grape kiwi lemon lime mango melon peach pear pineapple plum "
    "raspberry strawberry watermelon vanilla chocolate caramel mint cinnamon honey maple",
    "organic natural conventional kosher halal gluten", "refill kit set pack case", "liquid powder spray gel bar wipe",
    "indoor outdoor", "cordless corded wireless wired", "used new refurbished", "inner outer", "top bottom",
)  # fmt: skip
_TELLING = frozenset(fold_plural(word) for line in _KINDS_OF_DIFFERENCE for word in line.split())
_DIGIT = re.compile(r"\d")
_INFLECTED = re.compile(r"(?:ed|d|ing|er|ers|y|s|es|n)?")
_NAMES_OF_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_NUMBERS = {word: str(number) for number, word in enumerate(_NAMES_OF_NUMBERS)}
_LEAST_STEM = 4
_LEAST_SHORT = 3
_SHORTER_BY = 3
_AGREE = 0.6
"""Products must agree so far where words cannot be told to be related."""
_AGREE_NARROWER = 0.9
"""And so far where one text only says more than the other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sense:
    """A text, and what the shop knows it to lead to."""

    key: str
    products: Mapping[object, float] = field(default_factory=dict)
    """Products it leads to, with shares that sum to 1; empty where that is not known."""
    categories: Mapping[str, float] = field(default_factory=dict)
    """Kinds of product it leads to, with shares."""
    asked: bool = False
    """Whether that is known from what people put into carts, and not only from the words of titles."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Guard:
    """What sets texts apart in one shop."""

    brands: frozenset[str] = frozenset()
    """Words of brands, plural folded: a text with another one asks for another thing."""
    telling: frozenset[str] = frozenset()
    """Words of attributes: likewise, unless one is a form of the other, as "slices" is of "sliced"."""
    apart: frozenset[tuple[str, str]] = frozenset()
    """Pairs of keys that the operator says are no duplicates, both ways round."""

    def same(self, one: Sense, other: Sense, cosine: float, threshold: float) -> bool:
        """Whether one may be left out because the other is shown."""
        return not self.reason(one, other, cosine, threshold)

    def reason(self, one: Sense, other: Sense, cosine: float, threshold: float) -> str:
        """Why the two may not stand for each other; empty if they may."""
        if (one.key, other.key) in self.apart:
            return "the operator keeps them apart"
        more, fewer = _difference(one.key, other.key)
        if _numbers(more) != _numbers(fewer):
            return "another number or size"
        changed = {word for word in more + fewer if word not in _FILLERS}
        if not changed or letter_family(one.key) == letter_family(other.key):
            return _another_kind(one, other) if word_family(one.key) == word_family(other.key) else ""
        told = sorted(word for word in changed if self._tells(word))
        related = bool(more and fewer) and _related(more, fewer)
        if told and not (related and not set(told) & (_NEGATIONS | _TELLING | self.brands)):
            return f"{told[0]} is another thing"
        if cosine < threshold:
            return "not close enough"
        agreement = _agreement(one.products, other.products)
        if related:
            kinds = _agreement(one.categories, other.categories)
            return "other kinds of product" if kinds is not None and kinds < _AGREE else ""
        if not more or not fewer:
            enough = agreement is not None and agreement >= _AGREE_NARROWER
            return "" if enough else "one says more than the other"
        shown = one.asked and other.asked and agreement is not None and agreement >= _AGREE
        return "" if shown else "other words, and nothing shows they mean the same"

    def _tells(self, word: str) -> bool:
        opposite = word.removeprefix("un") if word.startswith("un") and len(word) > 5 else ""
        return word in self.brands or word in self.telling or word in _NEGATIONS or word in _TELLING or bool(opposite)


def _difference(one: str, other: str) -> tuple[list[str], list[str]]:
    """The words that only the first and only the second has, plural folded."""
    mine, theirs = [fold_plural(word) for word in one.split()], [fold_plural(word) for word in other.split()]
    return _minus(mine, theirs), _minus(theirs, mine)


def _minus(words: list[str], others: list[str]) -> list[str]:
    left = list(others)
    kept = []
    for word in words:
        if word in left:
            left.remove(word)
        elif word not in _FILLERS:
            kept.append(word)
    return kept


def _numbers(words: list[str]) -> list[str]:
    return sorted(_NUMBERS.get(word, word) for word in words if _DIGIT.search(word) or word in _NUMBERS)


def _related(more: list[str], fewer: list[str]) -> bool:
    """Whether every word of the one has a form of itself, or its short form, in the other."""
    if len(more) != len(fewer):
        return "".join(more) == "".join(fewer)
    left = list(fewer)
    for word in more:
        match = next((other for other in left if _same_stem(word, other) or _short_for(word, other)), None)
        if match is None:
            return False
        left.remove(match)
    return True


def _same_stem(one: str, other: str) -> bool:
    """ "slice" and "sliced", "shred" and "shredded": what is left behind the common beginning are only endings."""
    length = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if length < _LEAST_STEM:
        return False
    rest = one[length:], other[length:]
    # A doubled letter belongs to the ending: "shred", "shredded".
    rest = tuple(end[1:] if end[:1] == one[length - 1] and len(end) > 1 else end for end in rest)  # type: ignore[assignment]
    return all(_INFLECTED.fullmatch(end) for end in rest)


def _short_for(one: str, other: str) -> bool:
    """ "mayo" and "mayonnaise": the beginning of the longer one, and much shorter."""
    short, long = sorted((one, other), key=len)
    return len(short) >= _LEAST_SHORT and len(long) >= len(short) + _SHORTER_BY and long.startswith(short)


def _another_kind(one: Sense, other: Sense) -> str:
    """The same words may be two things: "chocolate milk", "milk chocolate"."""
    kinds = _agreement(one.categories, other.categories)
    same_order = one.key.split() == other.key.split()
    return "other kinds of product" if kinds is not None and kinds < _AGREE / 2 and not same_order else ""


def _agreement(one: Mapping[Any, float], other: Mapping[Any, float]) -> float | None:
    """What two distributions have in common, from 0 to 1; None where one of them is not known."""
    if not one or not other:
        return None
    return sum(min(share, other.get(what, 0.0)) for what, share in one.items())
