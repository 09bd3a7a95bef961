"""The arithmetic of a reconstituted vial, beside a reference that is slow and obviously right."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from safety.dilutions import guidance, rules
from safety.dilutions.rules import Label, Mix
from safety.protocols import files

PROTOCOL = files.newest("treatment").protocol
assert PROTOCOL is not None
BODY = PROTOCOL.body
NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
BOTOX = guidance.labels(BODY["dilutions"], "Botox")


def test_it_works() -> None:
    mix = Mix(100, 2500)
    assert mix.per_tenth == 4
    assert rules.strength_in_words(mix) == "4 units in 0.1 millilitres"
    assert rules.volume_in_words(mix.volume_for(20)) == "0.5 millilitres"


@pytest.mark.parametrize("row", BODY["dilutions"], ids=lambda row: str(row["id"]))
def test_every_listed_dilution_gives_what_its_label_says(row: dict[str, object]) -> None:
    """Azzalure's 10 units in 0.05 millilitres and Dysport's in 0.08 are the label's own rounded figures."""
    mix, gives = Mix(int(str(row["vial_units"])), int(str(row["diluent_ul"]))), row["gives"]
    assert isinstance(gives, dict)
    exact = mix.volume_for(gives["units"])
    assert abs(exact - gives["ul"]) <= Fraction(gives["ul"], 20), f"{exact} is not {gives['ul']}"


def test_a_thousand_random_reconstitutions_are_exact() -> None:
    """Against whole decimals long enough for every value: no residue in what comes out even, none hidden."""
    chance = random.Random(6_4)
    for _ in range(1_000):
        units, volume, wanted = chance.randint(1, 600), chance.randint(100, 10_000), chance.randint(1, 400)
        mix = Mix(units, volume)
        with localcontext() as long:
            long.prec = 60
            per_tenth = Decimal(units) * 100 / volume
            draw = Decimal(volume) * wanted / units / 1000
        for shown, exact, places, word in (
            (rules.units_in_words(mix.per_tenth), per_tenth, 2, "unit"),
            (rules.volume_in_words(mix.volume_for(wanted)), draw, 3, "millilitre"),
        ):
            _as_it_should_be(shown, exact, places, word)
        assert mix.units_in(mix.volume_for(wanted)) == wanted, "there and back nothing is lost"
        assert mix.units_in(volume) == units


def _as_it_should_be(shown: str, exact: Decimal, places: int, word: str) -> None:
    number, _, unit = shown.removeprefix("about ").partition(" ")
    assert unit.rstrip("s") == word, shown
    assert number == number.rstrip("0").rstrip(".") or "." not in number, f"{shown} has a trailing zero"
    comes_out_even = exact == exact.quantize(Decimal("0.0001"))
    if comes_out_even:
        assert not shown.startswith("about")
        assert Decimal(number) == exact, f"{shown} is not {exact}"
    else:
        assert shown.startswith("about"), f"{shown} hides a rest of {exact}"
        assert abs(Decimal(number) - exact) <= Decimal(5) / 10 ** (places + 1)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Fraction(4), "4 units"), (Fraction(1), "1 unit"), (Fraction(25, 2), "12.5 units"),
        (Fraction(12500, 630), "about 19.84 units"), (Fraction(1, 8), "0.125 units"),
        (Fraction(1, 3), "about 0.33 units"), (Fraction(1, 3000), "about 0 units"),
    ],
)  # fmt: skip
def test_units_in_words(value: Fraction, said: str) -> None:
    assert rules.units_in_words(value) == said


@pytest.mark.parametrize(
    ("text", "volume"),
    [
        ("2.5", 2500),
        ("2,5", 2500),
        ("1.25", 1250),
        (" 0.63 ", 630),
        ("5", 5000),
        ("10", 10_000),
        ("0.1", 100),
    ],
)
def test_point_and_comma_both_mark_decimals(text: str, volume: int) -> None:
    assert rules.parse_volume(text, 100, (), 10_000) == volume


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Enter millilitres as a number"), ("two", "Enter millilitres as a number"),
        ("-2.5", "Enter millilitres as a number"), ("٢", "Enter millilitres as a number"),
        ("2.5e3", "Enter millilitres as a number"), ("2.5.0", "Enter millilitres as a number"),
        ("1,000", "one or two decimals"), ("2.555", "one or two decimals"),
        ("0", "Less than 0.1 millilitres"), ("0.02", "Less than 0.1 millilitres"),
        ("25", "Is 2.5 millilitres meant?"), ("250", "Is 2.5 millilitres meant?"),
        ("100", "This is the number of units in the vial"),
        ("2500", "More than 10 millilitres"), ("10.01", "More than 10 millilitres"),
        ("99999999999999", "far too much"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_what_to_do(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("?", r"\?").replace(".", r"\.")):
        rules.parse_volume(text, 100, BOTOX, 10_000)


@pytest.mark.parametrize(
    ("volume", "units", "said"),
    [
        (2500, 100, None), (1250, 50, None),
        (2000, 100, "Not a listed dilution of this vial: 2.5 millilitres."),
        (250, 100, "Is 2.5 millilitres meant?"),
        (2500, 50, "Not a listed dilution of this vial: 1.25 millilitres."),
        (2500, 200, "only for 50 units or 100 units."),
    ],
)  # fmt: skip
def test_a_volume_outside_the_list_is_looked_at_again(volume: int, units: int, said: str | None) -> None:
    doubt = rules.off_label(volume, units, BOTOX)
    assert doubt is None if said is None else said in str(doubt)


def test_a_brand_without_a_row_is_not_doubted() -> None:
    assert rules.off_label(2500, 100, guidance.labels(BODY["dilutions"], "Letybo")) is None
    assert Label(100, 2500) in guidance.labels(BODY["dilutions"], "botox_cosmetic")


@pytest.mark.parametrize(
    ("hours", "ends_in", "is_over_in"),
    [(24, 100, 24), (24, 24, 24), (24, 3, 3), (672, 700, 672), (0, 9, 9)],
)
def test_the_earlier_of_hours_and_ends(hours: int, ends_in: int, is_over_in: int) -> None:
    ends = [NOON + timedelta(hours=ends_in)]
    assert rules.discard_at(NOON, hours, ends) == NOON + timedelta(hours=is_over_in)


@pytest.mark.parametrize(
    ("brand", "allowed", "hours", "one_treatment"),
    [
        ("botox", 24, 24, True), ("botox", 12, 12, True), ("botox", 0, 0, True),
        ("botox", 48, 48, False), ("botox", 672, 672, False),
        ("dysport", 24, 24, False), ("dysport", 672, 24, False), ("dysport", 6, 6, False),
        ("azzalure", 672, 0, True), ("letybo", 24, 24, False), ("letybo", 672, 672, False),
    ],
)  # fmt: skip
def test_how_long_a_brand_is_kept(brand: str, allowed: int, hours: int, one_treatment: bool) -> None:
    """The label, less where the director says less; beyond it only where the protocol lets the director."""
    rows = [row for row in BODY["use_by"] if brand in row.get("brands", ())]
    found = guidance.use_by(rows[0] if rows else {}, allowed)
    assert (found.hours, found.one_treatment) == (hours, one_treatment)
    assert found.why


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (190, "3 hours 10 minutes left"), (12, "12 minutes left"), (1, "1 minute left"), (0, "over for"),
        (-12, "over for 12 minutes"), (3 * 1440 + 61, "3 days 1 hour left"),
    ],
)  # fmt: skip
def test_the_countdown_is_said_in_words(minutes: int, said: str) -> None:
    assert said in rules.left_in_words(NOON + timedelta(minutes=minutes), NOON)
