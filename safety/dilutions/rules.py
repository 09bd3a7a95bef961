"""The arithmetic of a reconstituted vial: whole units, whole microlitres, and fractions of them.

A value that does not come out even is shown to a stated precision with "about"; what is shown is never
reckoned with again. Units of one brand are never turned into another's (clinical specification 0, 6.3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from safety.stock.rules import AmountUnit, in_words, parse_amount

TENTH_UL = 100  # the record states units in so many microlitres (clinical specification 6.4)
UL_IN_ML = 10**3
SHOWN_EXACT, ROUNDED_UNITS, ROUNDED_ML = 4, 2, 3  # decimals


@dataclass(frozen=True)
class Mix:
    """A vial of so many units in so many microlitres. Both are above zero."""

    units: int
    volume_ul: int

    @property
    def per_tenth(self) -> Fraction:
        """Units in a tenth of a millilitre, exactly."""
        return self.units_in(TENTH_UL)

    def units_in(self, volume_ul: int | Fraction) -> Fraction:
        """Units in a volume of it, exactly. Microlitres."""
        return Fraction(self.units) * volume_ul / self.volume_ul

    def volume_for(self, units: int | Fraction) -> Fraction:
        """Microlitres that hold so many units, exactly."""
        return Fraction(self.volume_ul) * units / self.units


def decimal(value: Fraction, places: int) -> str | None:
    """The value in decimals when it comes out even within so many places, else None. No trailing zero."""
    scaled = value * 10**places
    return _digits(int(scaled), places) if scaled.denominator == 1 else None


def rounded(value: Fraction, places: int) -> str:
    """The value to so many decimals, halves to the even one: to be shown only."""
    return _digits(round(value * 10**places), places)


def _digits(scaled: int, places: int) -> str:
    whole, rest = divmod(abs(scaled), 10**places)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")


def units_in_words(value: Fraction) -> str:
    """4 units; 12.5 units; about 19.84 units."""
    exact = decimal(value, SHOWN_EXACT)
    return (
        f"{exact} {'unit' if exact == '1' else 'units'}"
        if exact
        else f"about {rounded(value, ROUNDED_UNITS)} units"
    )


def volume_in_words(microlitres: Fraction) -> str:
    """0.5 millilitres; about 0.053 millilitres."""
    value = microlitres / UL_IN_ML
    exact = decimal(value, SHOWN_EXACT)
    if exact is None:
        return f"about {rounded(value, ROUNDED_ML)} millilitres"
    return f"{exact} {'millilitre' if exact == '1' else 'millilitres'}"


def strength_in_words(mix: Mix) -> str:
    """4 units in 0.1 millilitres."""
    return f"{units_in_words(mix.per_tenth)} in {in_words(TENTH_UL, AmountUnit.MICROLITRES)}"


@dataclass(frozen=True)
class Label:
    """One dilution the medical director's list names for a brand: a vial's units, and the diluent for it."""

    units: int
    volume_ul: int


def parse_volume(text: str, vial_units: int, labels: Sequence[Label], largest_ul: int) -> int:
    """The typed volume of diluent in microlitres. Raises ValueError with a message for the field.

    Point and comma both mark decimals. `largest_ul`: what the largest syringe of the kit holds.
    """
    volume = parse_amount(text, AmountUnit.MICROLITRES)
    meant = _slipped(volume, _volumes(labels, vial_units))
    if volume == vial_units * UL_IN_ML and not meant:
        raise ValueError("This is the number of units in the vial: type the millilitres of diluent")
    if volume > largest_ul:
        most = in_words(largest_ul, AmountUnit.MICROLITRES)
        raise ValueError(f"More than {most}, the largest syringe of the kit.{meant or ' Check the number'}")
    if volume < TENTH_UL:
        least = in_words(TENTH_UL, AmountUnit.MICROLITRES)
        raise ValueError(f"Less than {least}: type all the diluent put into the vial.{meant}")
    return volume


def _volumes(labels: Iterable[Label], vial_units: int) -> list[int]:
    return [label.volume_ul for label in labels if label.units == vial_units]


def _slipped(volume: int, listed: Iterable[int]) -> str:
    """A slipped decimal point: the sentence that asks for the listed volume, or nothing."""
    for one in listed:
        if volume in (one * 10, one * 100) or volume * 10 == one:
            return f" Is {in_words(one, AmountUnit.MICROLITRES)} meant?"
    return ""


def off_label(volume: int, vial_units: int, labels: Sequence[Label]) -> str | None:
    """Why a volume should be looked at again, or None: it is listed, or nothing is listed for the brand.

    Source: clinical specification 6.4: the app warns outside the medical director's list.
    """
    if not labels or Label(vial_units, volume) in labels:
        return None
    listed = _volumes(labels, vial_units)
    if not listed:
        known = " or ".join(
            in_words(units, AmountUnit.UNITS) for units in sorted({one.units for one in labels})
        )
        return (
            f"No dilution is listed for a vial of {in_words(vial_units, AmountUnit.UNITS)}, only for {known}."
        )
    named = " or ".join(in_words(one, AmountUnit.MICROLITRES) for one in listed)
    return f"Not a listed dilution of this vial: {named}.{_slipped(volume, listed)}"


def discard_at(opened_at: datetime, hours: int, ends: Sequence[datetime]) -> datetime:
    """When the vial must be thrown away: so many hours after it was opened, never after any of the ends.

    Source: clinical specification 6.5. `ends`: the end of the lot's last day, for one session also that of
    the day it was opened. Without hours the ends alone count.
    """
    return min([*ends, opened_at + timedelta(hours=hours)] if hours else ends)


def span_in_words(span: timedelta) -> str:
    """3 hours 10 minutes; 12 minutes; 2 days 4 hours. Whole minutes, rounded down."""
    minutes = int(abs(span).total_seconds() // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "day"), (hours, "hour"), (minutes, "minute")]
    said = [f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number][:2]
    return " ".join(said) or "less than a minute"


def left_in_words(until: datetime, now: datetime) -> str:
    """The countdown word: 3 hours left; over since 12 minutes."""
    said = span_in_words(until - now)
    return f"over for {said}" if now >= until else f"{said} left"
