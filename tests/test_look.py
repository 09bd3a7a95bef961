"""The look keeps its promises: readable in both themes, nothing from outside, no icon that is not there."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parent.parent
CSS = ROOT / "safety/static/css"
TEMPLATES = ROOT / "templates"
DECLARED = re.compile(r"--([\w-]+):\s*(#[0-9A-Fa-f]{6})\b")
BLOCK = re.compile(r"(:root[^{]*)\{([^{}]*)\}")
SYMBOL = re.compile(r'<symbol id="i-([\w-]+)"')
# the icon() and empty() macros, use elements written out, the second of a kind's pair, a tab's icon
USED = re.compile(
    r"""(?:\bicon\(|\bempty\()\s*["']([\w-]+)["']
      | \#i-([\w-]+)["']
      | :\ \("\w+",\ "(\w+)"\)
      | "[A-Z]\w+":\ "(\w+)\"""",
    re.X,
)
FILL_AMBER, WHITE = "#FFC845", "#FFFFFF"

# text, ground, smallest ratio: WCAG 2.2 AA asks 4.5 for text and 3 for the edge of a control
PAIRS = [
    ("ink", "paper", 4.5), ("ink", "surface", 4.5), ("ink-2", "paper", 4.5), ("ink-2", "surface", 4.5),
    ("edge", "paper", 3), ("edge", "surface", 3), ("teal", "paper", 4.5), ("teal", "surface", 4.5),
    ("teal", "teal-wash", 4.5), ("ink", "teal-wash", 4.5), ("ink-2", "teal-wash", 4.5),
    ("on-fill", "teal", 4.5), ("on-fill", "red", 4.5), ("red-ink", "red-wash", 4.5),
    ("red-ink", "surface", 4.5), ("red-ink", "paper", 4.5),
    ("ink", "red-wash", 4.5), ("amber-ink", "amber-wash", 4.5), ("ink", "amber-wash", 4.5),
    ("green-ink", "green-wash", 4.5), ("ink", "green-wash", 4.5), ("ink-2", "green-wash", 4.5),
    ("violet", "violet-wash", 4.5), ("ink", "violet-wash", 4.5), ("ink-on-amber", "amber", 4.5),
    ("band-ink", "band", 4.5), ("band-2", "band", 4.5), ("band-2", "band-card", 4.5),
]  # fmt: skip


def themes() -> dict[str, dict[str, str]]:
    """The colours of each theme by name; night stands on light, as it does in a browser."""
    blocks = [(head.strip(), dict(DECLARED.findall(body))) for head, body in BLOCK.findall(tokens())]
    light = next(colours for head, colours in blocks if head == ":root" and colours)
    nights = [colours for head, colours in blocks if "data-theme" in head]
    return {"light": light} | {f"night {n}": light | colours for n, colours in enumerate(nights)}


def tokens() -> str:
    return (CSS / "tokens.css").read_text()


def ratio(a: str, b: str) -> float:
    """WCAG 2.2 contrast ratio of two #RRGGBB colours."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_it_works() -> None:
    assert ratio("#000000", WHITE) == pytest.approx(21)
    assert ratio("#10212B", FILL_AMBER) == pytest.approx(10.7, abs=0.05)
    assert len(themes()) == 3


@pytest.mark.parametrize(("text", "ground", "smallest"), PAIRS)
def test_every_pair_of_colours_can_be_read_in_both_themes(text: str, ground: str, smallest: float) -> None:
    for theme, colours in themes().items():
        assert ratio(colours[text], colours[ground]) >= smallest, f"{theme}: {text} on {ground}"


def test_night_is_the_same_by_choice_and_by_system_setting() -> None:
    assert themes()["night 0"] == themes()["night 1"]


def test_drill_stripes_carry_white_words() -> None:
    for stripe in ("drill-a", "drill-b"):
        assert ratio(WHITE, themes()["light"][stripe]) >= 4.5


def test_the_font_is_kept_by_its_content() -> None:
    address = re.search(r'url\("\.\./(fonts/[^?"]+)\?v=([0-9a-f]+)"', tokens())
    assert address, "tokens.css names no versioned font"
    font = ROOT / "safety/static" / address[1]
    assert hashlib.sha256(font.read_bytes()).hexdigest()[:12] == address[2]
    assert font.stat().st_size < 120_000


def test_every_icon_asked_for_is_drawn() -> None:
    drawn = set(SYMBOL.findall((TEMPLATES / "_icons.html").read_text()))
    asked = set(icons_asked_for())
    assert {"ck", "half", "x", "o", "tri"} <= asked
    assert asked - drawn == set()


def icons_asked_for() -> Iterator[str]:
    for path in TEMPLATES.rglob("*.html"):
        for names in USED.findall(path.read_text()):
            yield from filter(None, names)


def test_nothing_is_fetched_from_outside() -> None:
    for path in CSS.glob("*.css"):
        for address in re.findall(r"url\(([^)]*)\)|@import\s+(\S+)", path.read_text()):
            assert address[0].strip("\"'").startswith("../"), f"{path.name}: {address}"


def test_every_stylesheet_stands_in_a_layer_and_the_page_loads_it() -> None:
    base = (TEMPLATES / "base.html").read_text()
    order = re.search(r"@layer ([\w, ]+);", tokens())
    assert order
    for path in CSS.glob("*.css"):
        if f"'{path.name}'" in base or f'"{path.stem}"' in base or f"/{path.name}" in base:
            assert path.stem in order[1], f"{path.name} has no layer"
            assert f"@layer {path.stem} {{" in path.read_text()
