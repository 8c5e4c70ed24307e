"""The many ways people say one need: synonyms, plurals, word order, short forms."""

from __future__ import annotations

import re
from functools import lru_cache

from aisle.shop.sample.needs import Need
from aisle.shop.sample.vocabulary import Kind, vocabulary

Phrase = tuple[str, float]
# Words that look plural and are not, or that nobody says in the other number.
UNCHANGING = {
    "asparagus", "couscous", "hummus", "swiss", "bass", "molasses", "glass", "grass", "gas", "moss", "plus", "lens",
    "citrus", "cactus", "octopus", "bus", "bras", "express", "less", "rice", "bread", "milk", "water", "beef", "pork",
    "juice", "cheese", "butter", "flour", "salt", "sugar", "detergent", "food", "care", "paper", "oil", "tea", "fish",
}  # fmt: skip
# Singulars that people also say as plurals; other singulars are taken for something nobody counts, such as milk.
COUNTED = {
    "apple", "avocado", "bag", "bagel", "bandage", "banana", "bar", "bean", "bomb", "bottle", "bowl", "broom", "bun",
    "burrito", "cake", "candle", "card", "carrot", "chicken", "chip", "cookie", "cracker", "croissant", "cucumber",
    "cup", "donut", "egg", "grape", "lemon", "lime", "loaf", "melon", "mop", "muffin", "mushroom", "notebook", "nut",
    "onion", "orange", "pad", "pan", "pear", "pepper", "pie", "pizza", "plant", "plum", "pretzel", "roll", "sausage",
    "skillet", "snack", "soup", "spatula", "sponge", "steak", "straw", "sub", "toy", "towel", "tray", "turkey",
    "vitamin", "waffle", "watermelon", "wrap", "bouquet", "salad", "pineapple", "eggplant", "cantaloupe", "flashlight",
}  # fmt: skip
IRREGULAR = {"loaf": "loaves", "knife": "knives", "leaf": "leaves", "half": "halves", "mouse": "mice"}
SINGULARS = {plural: singular for singular, plural in IRREGULAR.items()}
UNITS = {"gal": "gallon", "oz": "ounce", "lb": "pound", "qt": "quart", "pt": "pint", "ct": "count", "L": "liter"}


def phrases(need: Need) -> list[Phrase]:
    """Every way this need is said, with how likely each is; likelihoods sum to 1, the likeliest first."""
    found: dict[str, float] = {}
    for text, weight in _raw_phrases(need):
        text = " ".join(text.lower().replace("&", "and").split())
        found[text] = max(found.get(text, 0.0), weight)
    total = sum(found.values())
    return sorted(((text, weight / total) for text, weight in found.items()), key=lambda pair: (-pair[1], pair[0]))


def other_number(word: str) -> str:
    """The plural of a singular word, the singular of a plural one; the word itself where it has no other number."""
    if word in UNCHANGING or len(word) < 3 or not word.isalpha():
        return word
    if word in IRREGULAR or word in SINGULARS:
        return IRREGULAR.get(word) or SINGULARS[word]
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if re.search(r"(ch|sh|x|ss|zz)es$", word) or word.endswith(("toes", "goes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    if word in {"box", "potato", "tomato", "mango", "brush", "toothbrush", "sandwich", "peach", "batch", "radish"}:
        return word + "es"
    if word in {"berry", "battery", "cherry", "candy", "patty", "jelly"}:
        return word[:-1] + "ies"
    return word + "s" if word in COUNTED else word


def _raw_phrases(need: Need) -> list[Phrase]:
    if need.phrases:
        # The first way is the commonest; the others share the rest.
        return [(text, 1.0 if i == 0 else 0.35) for i, text in enumerate(need.phrases)]
    kind = vocabulary().by_name[need.kinds[0]]
    said = list(_kind_phrases(kind.name))
    if need.flavour:
        return _with_flavour(kind, need.flavour, said)
    if need.trait:
        return [pair for name, weight in said[:4] for pair in _with_trait(need.trait, name, weight)]
    if need.brand:
        brand = need.brand.lower()
        first = brand.split()[0]
        phrases = [(f"{brand} {name}", weight) for name, weight in said[:4]]
        phrases += [(f"{name} {brand}", weight * 0.2) for name, weight in said[:2]]
        if first != brand and len(first) > 3:
            phrases += [(f"{first} {name}", weight * 0.4) for name, weight in said[:3]]
        return phrases
    if need.size:
        return [pair for name, weight in said[:3] for pair in _with_size(need.size, name, weight)]
    return said


@lru_cache(maxsize=4096)
def _kind_phrases(kind_name: str) -> tuple[Phrase, ...]:
    """Ways to say the kind alone, the commonest first."""
    kind = vocabulary().by_name[kind_name]
    name = kind.name.lower().replace("&", "and")
    found: dict[str, float] = {name: 1.0}
    *before, last = name.split()
    if not {"with", "in", "to"} & set(before):  # "chili with beans" is not said "chili with bean"
        found.setdefault(" ".join([*before, other_number(last)]), 0.3)
    for i, text in enumerate(kind.say):
        # Where the first other way is shorter than the name, it is what most people say: "avocado".
        shorter = i == 0 and len(text.split()) < len(name.split())
        found.setdefault(text.lower(), 1.3 if shorter else 0.4 / (1 + 0.25 * i))
    if len(name.split()) == 2 and last.isalpha() and before[0].isalpha():
        found.setdefault(f"{last} {before[0]}", 0.05)
        found.setdefault(f"{before[0]}{last}", 0.03)
    return tuple(sorted(found.items(), key=lambda pair: -pair[1]))


def _with_flavour(kind: Kind, flavour: str, said: list[Phrase]) -> list[Phrase]:
    word = flavour.lower().replace("&", "and")
    phrases = []
    after = "{name} {flavour}" in kind.pattern  # "diapers size 1", but "strawberry yogurt"
    for name, weight in said[:5]:
        if word in name:
            phrases.append((name, weight))
            continue
        phrases.append((f"{name} {word}" if after else f"{word} {name}", weight))
        phrases.append((f"{word} {name}" if after else f"{name} {word}", weight * 0.2))
        if " and " in word:
            phrases.append((f"{word.replace(' and ', ' ')} {name}", weight * 0.3))
    return phrases


def _with_trait(trait: str, name: str, weight: float) -> list[Phrase]:
    if trait in name:
        return [(name, weight)]
    ways = [(f"{trait} {name}", weight), (f"{name} {trait}", weight * 0.25)]
    if " " in trait:
        ways.append((f"{trait.replace(' ', '-')} {name}", weight * 0.15))
    for text in vocabulary().traits[trait].say:
        ways.append((f"{text} {name}", weight * 0.25))
        if text.startswith(("without", "no ")):
            ways[-1] = (f"{name} {text}", weight * 0.2)
    return ways


def _with_size(size: str, name: str, weight: float) -> list[Phrase]:
    amount, _, unit = size.rpartition(" ")
    ways = [(f"{name} {size}", weight), (f"{size} {name}", weight * 0.3)]
    if unit in UNITS and amount.replace(".", "").isdigit():
        word = UNITS[unit] if amount in {"1", "0.5"} else UNITS[unit] + "s"
        ways.append((f"{name} {amount}{unit}", weight * 0.3))
        ways.append(
            (f"{'half ' if amount == '0.5' else '' if amount == '1' else amount + ' '}{word} {name}", weight * 0.3)
        )
    return ways
