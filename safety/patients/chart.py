"""What the patient page shows from the features above it: they register here and are asked from here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Happening:
    """One line of a patient's timeline. `kind` is its look (ready, check, stop, open), `state` its word."""

    at: datetime
    title: str
    url: str
    note: str = ""
    kind: str = "open"
    state: str = ""


@dataclass(frozen=True)
class Alert:
    """Something an emergency must know, with the day it was said."""

    code: str
    text: str
    said_on: date


@dataclass(frozen=True)
class Coming:
    """A date ahead: from a day, and to one where a window closes. `kind` is its look, `state` its word."""

    from_on: date
    to_on: date | None
    title: str
    note: str
    url: str
    kind: str = "open"
    state: str = ""


HappeningsOf = Callable[[str], Sequence[Happening]]
AlertsOf = Callable[[str], Sequence[Alert]]
ComingOf = Callable[[str], Sequence[Coming]]
_coming: list[ComingOf] = []
_happenings: list[HappeningsOf] = []
_alerts: list[AlertsOf] = []


def tell_happenings(source: HappeningsOf) -> HappeningsOf:
    """Register (as a decorator) a function patient id → lines of the timeline."""
    if source not in _happenings:
        _happenings.append(source)
    return source


def tell_alerts(source: AlertsOf) -> AlertsOf:
    """Register (as a decorator) a function patient id → alerts."""
    if source not in _alerts:
        _alerts.append(source)
    return source


def tell_coming(source: ComingOf) -> ComingOf:
    """Register (as a decorator) a function patient id → dates ahead."""
    if source not in _coming:
        _coming.append(source)
    return source


def coming(patient_id: str) -> list[Coming]:
    """The patient's dates ahead, the earliest first."""
    return sorted((one for source in _coming for one in source(patient_id)), key=lambda one: one.from_on)


def happenings(patient_id: str) -> list[Happening]:
    """The patient's timeline, newest first."""
    told = [one for source in _happenings for one in source(patient_id)]
    return sorted(told, key=lambda one: one.at, reverse=True)


def alerts(patient_id: str) -> list[Alert]:
    """The patient's alerts."""
    return [one for source in _alerts for one in source(patient_id)]
