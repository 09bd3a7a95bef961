"""What treatments tell consents: the kinds of products planned for a patient on a day."""

from collections.abc import Callable, Iterable
from datetime import date

ClassesOf = Callable[[str, date], Iterable[str]]
_classes: list[ClassesOf] = []


def tell_classes(source: ClassesOf) -> ClassesOf:
    """Register (as a decorator): patient id, day → the kinds of products planned from that day on."""
    if source not in _classes:
        _classes.append(source)
    return source


def classes(patient_id: str, on: date) -> list[str]:
    """The kinds of products planned, each once."""
    found = [one for source in _classes for one in source(patient_id, on)]
    return list(dict.fromkeys(found))
