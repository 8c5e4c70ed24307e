"""Small drawn pictures of products: one shape per family, coloured from the name, with nothing loaded from outside."""

from __future__ import annotations

import colorsys
import hashlib
from html import escape

# Shapes on a 64 x 64 field. {c} is the main colour, {d} its darker edge, {l} its light tint, {n} the label's colour.
SHAPES: dict[str, str] = {
    "carton": (
        '<path d="M18 24 26 12H40L46 24V56H18Z" fill="{c}"/><path d="M18 24H46L40 12H26Z" fill="{l}"/>'
        '<rect x="26" y="7" width="14" height="6" fill="{d}"/><rect x="22" y="32" width="20" height="14" fill="{n}"/>'
    ),
    "bottle": (
        '<path d="M27 8H37V20Q44 24 44 32V56H20V32Q20 24 27 20Z" fill="{c}"/><rect x="26" y="5" width="12" height="6"'
        ' rx="1" fill="{d}"/><rect x="20" y="34" width="24" height="13" fill="{n}"/>'
    ),
    "can": (
        '<rect x="19" y="12" width="26" height="42" rx="3" fill="{c}"/><ellipse cx="32" cy="12" rx="13" ry="4"'
        ' fill="{l}"/><path d="M19 52Q32 58 45 52V55Q32 61 19 55Z" fill="{d}"/>'
        '<rect x="19" y="24" width="26" height="16" fill="{n}"/>'
    ),
    "bag": (
        '<path d="M16 10H48L45 18 48 56H16L19 18Z" fill="{c}"/><path d="M16 10H48L46 16H18Z" fill="{d}"/>'
        '<ellipse cx="32" cy="36" rx="11" ry="10" fill="{n}"/>'
    ),
    "jar": (
        '<rect x="18" y="18" width="28" height="38" rx="6" fill="{c}"/><rect x="20" y="9" width="24" height="9" rx="2"'
        ' fill="{d}"/><rect x="18" y="28" width="28" height="16" fill="{n}"/>'
    ),
    "box": (
        '<path d="M14 16 42 16V56H14Z" fill="{c}"/><path d="M42 16 50 11V51L42 56Z" fill="{d}"/>'
        '<path d="M14 16 22 11H50L42 16Z" fill="{l}"/><rect x="19" y="26" width="18" height="14" fill="{n}"/>'
    ),
    "tub": (
        '<path d="M14 22H50L46 54H18Z" fill="{c}"/><rect x="12" y="15" width="40" height="8" rx="3" fill="{d}"/>'
        '<ellipse cx="32" cy="38" rx="11" ry="8" fill="{n}"/>'
    ),
    "block": (
        '<path d="M8 30 18 22H56L48 30Z" fill="{l}"/><rect x="8" y="30" width="40" height="18" fill="{c}"/>'
        '<path d="M48 30 56 22V40L48 48Z" fill="{d}"/><rect x="16" y="34" width="22" height="10" fill="{n}"/>'
    ),
    "fruit": (
        '<circle cx="32" cy="37" r="19" fill="{c}"/><path d="M32 20Q31 12 35 8" fill="none" stroke="{d}"'
        ' stroke-width="3"/><path d="M34 14Q44 6 48 14 40 20 34 14Z" fill="#5f9e4a"/>'
        '<circle cx="25" cy="31" r="5" fill="{l}"/>'
    ),
    "leaf": (
        '<path d="M32 58Q8 46 14 26 18 8 32 8 46 8 50 26 56 46 32 58Z" fill="{c}"/>'
        '<path d="M32 58V16M32 44 22 34M32 44 42 34M32 32 25 25M32 32 39 25"'
        ' stroke="{l}" stroke-width="2" fill="none"/>'
    ),
    "root": (
        '<path d="M22 22Q32 14 42 22 42 40 32 58 22 40 22 22Z" fill="{c}"/><path d="M32 19Q24 10 20 6M32 19V5M32 19Q40'
        ' 10 44 6" stroke="#5f9e4a" stroke-width="4" fill="none"/><path d="M26 30H33M30 40H37" stroke="{d}"'
        ' stroke-width="2"/>'
    ),
    "loaf": (
        '<path d="M10 26Q10 14 22 14H42Q54 14 54 26 54 31 50 33V52H14V33Q10 31 10 26Z" fill="{c}"/>'
        '<path d="M24 20 20 30M34 20 30 30M44 20 40 30" stroke="{l}" stroke-width="3"/>'
    ),
    "tray": (
        '<path d="M8 24H56L51 50H13Z" fill="{n}"/><path d="M13 22Q20 12 32 17 46 11 51 22L48 42H16Z" fill="{c}"/>'
        '<path d="M20 28Q30 22 44 28" stroke="{l}" stroke-width="3" fill="none"/>'
        '<rect x="6" y="21" width="52" height="5" rx="2" fill="{d}"/>'
    ),
    "eggs": (
        '<ellipse cx="20" cy="28" rx="8" ry="11" fill="{l}"/><ellipse cx="44" cy="28" rx="8" ry="11" fill="{l}"/>'
        '<ellipse cx="32" cy="27" rx="8" ry="11" fill="{n}"/><path d="M8 32H56L52 50H12Z" fill="{c}"/>'
        '<path d="M8 32H56L55 37H9Z" fill="{d}"/>'
    ),
    "tube": (
        '<path d="M18 8H46L41 46H23Z" fill="{c}"/><rect x="26" y="46" width="12" height="10" rx="2" fill="{d}"/>'
        '<rect x="17" y="6" width="30" height="4" fill="{l}"/><rect x="26" y="18" width="12" height="18" fill="{n}"/>'
    ),
    "roll": (
        '<rect x="16" y="16" width="32" height="38" rx="3" fill="{n}"/>'
        '<ellipse cx="32" cy="16" rx="16" ry="6" fill="{l}"/>'
        '<ellipse cx="32" cy="16" rx="5" ry="2" fill="{d}"/><path d="M16 40H48V51Q32 57 16 51Z" fill="{c}"/>'
    ),
    "spray": (
        '<path d="M24 26H40Q46 32 46 40V57H18V40Q18 32 24 26Z" fill="{c}"/>'
        '<path d="M27 26V12H46L50 18H37V26Z" fill="{d}"/>'
        '<rect x="18" y="38" width="28" height="12" fill="{n}"/>'
    ),
    "tool": (
        '<rect x="28" y="6" width="8" height="30" rx="3" fill="{d}"/><path d="M18 36H46L42 56H22Z" fill="{c}"/>'
        '<path d="M25 44V55M32 44V55M39 44V55" stroke="{l}" stroke-width="2"/>'
    ),
    "flower": (
        '<path d="M32 34V58M32 50Q22 50 20 42M32 50Q42 50 44 42" stroke="#5f9e4a" stroke-width="3" fill="none"/>'
        '<g fill="{c}"><circle cx="32" cy="13" r="8"/><circle cx="22" cy="21" r="8"/><circle cx="42" cy="21" r="8"/>'
        '<circle cx="26" cy="31" r="8"/><circle cx="38" cy="31" r="8"/></g><circle cx="32" cy="23" r="6" fill="{n}"/>'
    ),
}
OTHER = (
    '<rect x="14" y="14" width="36" height="40" rx="6" fill="{c}"/>'
    '<rect x="20" y="26" width="24" height="14" fill="{n}"/>'
)

# Where nature leaves less choice: the part of the colour circle a family is drawn in.
HUES = {"leaf": (0.2, 0.4), "root": (0.02, 0.13), "loaf": (0.06, 0.11), "tray": (0.95, 1.08), "fruit": (-0.06, 0.32)}


def thumbnail_svg(image: str) -> str:
    """The picture named `image`, such as "carton-3fa7", as one SVG element.

    The part before the last hyphen names the shape, the whole name gives the colour. A name of no known shape
    gets a plain package. Middle tones with a thin grey outline stand out on light and on dark pages.
    """
    family = image.rpartition("-")[0] or image
    digest = hashlib.sha256(image.encode("utf-8", "surrogatepass")).digest()
    least, most = HUES.get(family, (0.0, 1.0))
    hue = (least + (most - least) * int.from_bytes(digest[:2], "big") / 65536) % 1
    colours = {
        "c": _hex(hue, 0.53, 0.5),
        "d": _hex(hue, 0.38, 0.55),
        "l": _hex(hue, 0.74, 0.5),
        "n": _hex((hue + 0.5) % 1, 0.87, 0.35),
    }
    label = escape("".join(c if c.isprintable() else " " for c in family), quote=True)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64" role="img" '
        f'aria-label="{label}"><g stroke="#8a8a8a" stroke-width="1" stroke-linejoin="round">'
        f"{SHAPES.get(family, OTHER).format(**colours)}</g></svg>"
    )


def _hex(hue: float, lightness: float, saturation: float) -> str:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
