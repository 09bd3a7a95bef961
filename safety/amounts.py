"""Amounts as people read and type them: units of activity, millilitres, pieces. Pure."""

from enum import StrEnum


class AmountUnit(StrEnum):
    """What one container holds is counted in: units of activity, microlitres, or pieces."""

    UNITS = "units"
    MICROLITRES = "ul"
    EACH = "each"


def in_words(amount: int, unit: AmountUnit) -> str:
    """An amount with its unit: 0.7 millilitres, 20 units, 3 pieces."""
    if unit is AmountUnit.MICROLITRES:
        thousandths = f"{abs(amount) // 10**3}.{abs(amount) % 10**3:03d}".rstrip("0").rstrip(".")
        sign = "-" if amount < 0 else ""
        return f"{sign}{thousandths} {'millilitre' if thousandths == '1' else 'millilitres'}"
    one = "unit" if unit is AmountUnit.UNITS else "piece"
    number = str(amount) if abs(amount) < 10**4 else f"{amount:,}".replace(",", "\u202f")  # as on the vial
    return f"{number} {one if abs(amount) == 1 else one + 's'}"


MOST = 10**9  # beyond any shelf: what is larger was mistyped


def parse_amount(text: str, unit: AmountUnit) -> int:
    """A typed amount in the product's own unit: millilitres become microlitres. Raises ValueError.

    Point and comma both mark decimals. At most two are taken: with three, "1,000" could be one or a thousand.
    """
    if unit is AmountUnit.MICROLITRES:
        return _millilitres(text.strip())
    what = "units" if unit is AmountUnit.UNITS else "pieces"
    return parse_count(text, f"Enter whole {what} in digits, without point or comma")


def _millilitres(text: str) -> int:
    whole, _, decimals = text.replace(",", ".").partition(".")
    if not (whole + decimals).isascii() or not whole.isdigit() or (decimals and not decimals.isdigit()):
        raise ValueError("Enter millilitres as a number, for example 0.5")
    if len(decimals) > 2:
        raise ValueError("Enter millilitres with one or two decimals, for example 0.5")
    return _bounded(int(whole + decimals.ljust(3, "0")))


def parse_count(text: str, message: str) -> int:
    """A typed whole number. Raises ValueError with the message."""
    if not (text.strip().isascii() and text.strip().isdigit()):
        raise ValueError(message)
    return _bounded(int(text.strip()[:20]))


def _bounded(value: int) -> int:
    if value > MOST:
        raise ValueError("This is far too much: check the number")
    return value
