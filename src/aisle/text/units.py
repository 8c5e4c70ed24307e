"""Units of size as shops write them, and the one spelling that each gets here."""

from __future__ import annotations

import re

# Canonical name -> the ways it is written after normalisation. A dot after an abbreviation is handled below.
_SPELLINGS: dict[str, str] = {
    "sqft": r"sq\.? ?(?:ft|feet|foot)|square (?:feet|foot)|ft2",
    "sqin": r"sq\.? ?in(?:ch(?:es)?)?|square inch(?:es)?",
    "sqyd": r"sq\.? ?(?:yds?|yards?)|square yards?",
    "cuft": r"cu\.? ?(?:ft|feet|foot)|cubic (?:feet|foot)|ft3",
    "cuin": r"cu\.? ?in|cubic inch(?:es)?",
    "cuyd": r"cu\.? ?(?:yds?|yards?)|cubic yards?",
    "floz": r"fl\.? ?oz|fl\.? ?ounces?|fluid ounces?",
    "oz": r"oz|ounces?",
    "lb": r"lbs?|pounds?",
    "kg": r"kgs?|kilos?|kilogram(?:me)?s?",
    "mg": r"mg|milligram(?:me)?s?",
    "mcg": r"mcg|ug|micrograms?",
    "g": r"g|gms?|gram(?:me)?s?",
    "ml": r"mls?|millilit(?:er|re)s?",
    "cl": r"cl|centilit(?:er|re)s?",
    "dl": r"dl|decilit(?:er|re)s?",
    "l": r"l|lt|ltrs?|lit(?:er|re)s?",
    "gal": r"gals?|gallons?",
    "qt": r"qts?|quarts?",
    "pt": r"pts?|pints?",
    "cup": r"cups?",
    "mm": r"mm|millimet(?:er|re)s?",
    "cm": r"cms?|centimet(?:er|re)s?",
    "km": r"km|kilomet(?:er|re)s?",
    "m": r"m|met(?:er|re)s?",
    # "4 in stock" speaks of no inch.
    "in": r"inch(?:es)?|in(?! (?:a|an|the|my|one|stock|store)\b)",
    "ft": r"ft|feet|foot",
    "yd": r"yds?|yards?",
    "mil": r"mils?",
    "pack": r"packs?|pks?",
    "ct": r"ct|counts?",
    "piece": r"pieces?|pcs?",
    "ply": r"ply",
    "kw": r"kw|kilowatts?",
    "w": r"w|watts?",
    "v": r"v|volts?",
    "amp": r"amps?|amperes?",
    "mah": r"mah",
    "hp": r"hp|horsepower",
    "btu": r"btus?",
    "hz": r"hz|hertz",
    "gb": r"gb|gigabytes?",
    "tb": r"tb|terabytes?",
    "mb": r"mb|megabytes?",
    "rpm": r"rpm",
    "psi": r"psi",
    "gpm": r"gpm",
    "gpf": r"gpf",
    "cfm": r"cfm",
    "gauge": r"gauges?|ga",
    "ton": r"tons?",
    "grit": r"grit",
    "degree": r"degrees?|deg",
    "%": r"percent|pct",
}
_SIGNS = {"%": "%", '"': "in", "'": "ft", "°": "degree"}

# A word unit ends where its letters end, or at the "x" of a dimension such as 12inx24in.
UNIT_PATTERN = rf"(?:(?:{'|'.join(_SPELLINGS.values())})(?:(?![^\W_])\.?|(?=x ?[\d.]))|[%\"'°])"

_NAMES = [(re.compile(spelling), name) for name, spelling in _SPELLINGS.items()]
_KNOWN: dict[str, str] = dict(_SIGNS)


def unit_name(written: str) -> str:
    """The canonical name of a unit that `UNIT_PATTERN` matched: "fl. oz." is floz, "inches" is in."""
    written = written.rstrip(".")
    name = _KNOWN.get(written)
    if name is None:
        # The look-ahead of "in" sees nothing here: only the unit itself is left.
        name = next(name for pattern, name in _NAMES if pattern.fullmatch(written))
        _KNOWN[written] = name
    return name
