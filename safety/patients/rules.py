"""Names as people type them, ages, and who might be the same person. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

OLDEST = 120  # years: a birth date further back is a typing error
ALIKE = 0.8  # share of a name's letters in common; tried on the pairs in tests/patients/test_rules.py
SPELLED_APART = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "þ": "th", "ð": "d"})


@dataclass(frozen=True)
class Person:
    """What two records are compared by. `phone` may be written in any way."""

    given_name: str
    family_name: str
    born_on: date
    phone: str


def fold(text: str) -> str:
    """A name for searching: lower case, accents off, punctuation to blanks. "Zoë O’Neill" → "zoe o neill"."""
    plain = unicodedata.normalize("NFKD", text).casefold().translate(SPELLED_APART)
    plain = unicodedata.normalize("NFKD", plain)  # casefold may compose again
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())


def age(born_on: date, on: date) -> int:
    """Completed years on a day; a birthday of 29 February is completed on 1 March in other years."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def birth_date_problem(born_on: date, on: date) -> str | None:
    """What is wrong with a birth date, or None."""
    if born_on > on:
        return "The date of birth is in the future: check the year"
    if age(born_on, on) > OLDEST:
        return f"The date of birth is more than {OLDEST} years ago: check the year"
    return None


def phone_problem(phone: str) -> str | None:
    """What is wrong with a phone number, or None."""
    if not re.fullmatch(r"\+?[0-9][0-9 ()./-]*", phone) or len(digits(phone)) < 5:
        return "Enter the phone number with its area code, digits only"
    return None


def digits(phone: str) -> str:
    """A phone number as its digits alone."""
    return "".join(c for c in phone if c in "0123456789")


def likely_same(new: Person, known: Person) -> bool:
    """Could these two records be one person?

    Born on the same day with a similar name; or the very same name with the same phone, or with day and month
    of birth exchanged.
    """
    if new.born_on == known.born_on:
        return similar(new, known)
    exchanged = (new.born_on.year, new.born_on.day, new.born_on.month)
    swapped = exchanged == (known.born_on.year, known.born_on.month, known.born_on.day)
    return _words(new) == _words(known) and (swapped or digits(new.phone) == digits(known.phone))


def similar(new: Person, known: Person) -> bool:
    """Are the names alike: a shared family or given name, names exchanged, or nearly the same letters?"""
    return bool(_words(new) & _words(known)) or _alike(_name(new), _name(known))


def _name(person: Person) -> str:
    return fold(f"{person.given_name} {person.family_name}")


def _words(person: Person) -> frozenset[str]:
    return frozenset(_name(person).split())


def _alike(one: str, other: str) -> bool:
    # without blanks: Anna-Lena and Annalena differ by one; sorted, because the order of the two is no rule
    one, other = sorted((one.replace(" ", ""), other.replace(" ", "")))
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


WORDS_FOR_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def typed_date(text: str) -> date | None:
    """The date in a search box, day first (12 3 1991, 12.03.1991, 12 Mar 1991) or ISO; None for all else."""
    if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text.strip(), re.ASCII):
        return _date(*iso.groups())
    found = re.fullmatch(r"(\d{1,2})[ ./-]+(\d{1,2}|[A-Za-z]{3,9})[ ./-]+(\d{4})", text.strip(), re.ASCII)
    if not found:
        return None
    day, month, year = found.groups()
    if month.isalpha():
        month = (
            str(1 + WORDS_FOR_MONTHS.index(month[:3].lower()))
            if month[:3].lower() in WORDS_FOR_MONTHS
            else "0"
        )
    return _date(year, month, day)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
