"""Numbers in words: what is confirmed twice is read twice, once in letters. Pure."""

from safety.stock.rules import AmountUnit, in_words

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((10**9, "billion"), (10**6, "million"), (10**3, "thousand"))


def in_letters(number: int) -> str:
    """45 → forty-five; 1200 → one thousand two hundred. Expects 0 or more."""
    for size, name in SCALES:
        if number >= size:
            rest = number % size
            return f"{in_letters(number // size)} {name}" + (f" {in_letters(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{ONES[number // 100]} hundred" + (f" {in_letters(rest)}" if rest else "")
    if number >= 20:
        return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")
    return ONES[number]


def spelled(amount: int, unit: AmountUnit) -> str:
    """An amount in letters, and in digits with its unit: "Forty-five (45 units)"."""
    digits = in_words(amount, unit)
    if unit is not AmountUnit.MICROLITRES:
        return f"{in_letters(amount).capitalize()} ({digits})"
    whole, rest = divmod(amount, 1000)
    decimals = f"{rest:03d}".rstrip("0")
    said = in_letters(whole) + (" point " + " ".join(ONES[int(one)] for one in decimals) if decimals else "")
    return f"{said.capitalize()} ({digits})"
