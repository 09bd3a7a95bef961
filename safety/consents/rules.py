"""What a consent text says in one language, and whether what a patient signed still counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from safety.protocols import wording

Json = Any


def text(body: Mapping[str, Json], key: str, code: str) -> dict[str, Json]:
    """One consent text as it is shown, signed, kept and printed. Plain JSON.

    Raises KeyError for a key that stands in no text.
    """
    found = _found(body, key)
    return {
        "key": key,
        "title": wording.said(found["title"], code),
        "sections": [
            {
                "heading": wording.said(one["heading"], code),
                "lines": [wording.said(line, code) for line in one["lines"]],
            }
            for one in found["sections"]
        ],
        "answers": [
            {"value": one["value"], "label": wording.said(one["label"], code), "opens": one["opens"]}
            for one in found["answers"]
        ],
    }


def _found(body: Mapping[str, Json], key: str) -> Mapping[str, Json]:
    for one in body["texts"]:
        if one["key"] == key:
            return dict(one)
    raise KeyError(key)


def keys(body: Mapping[str, Json]) -> list[str]:
    """The texts of the file, in its order."""
    return [one["key"] for one in body["texts"]]


def needed(body: Mapping[str, Json], classes: Iterable[str]) -> list[str]:
    """Without which nothing of these kinds is injected. Source: clinical specification G03, G04, B01."""
    planned = set(classes)
    return [one["key"] for one in body["texts"] if planned & set(one["needed_for"])]


def asked(body: Mapping[str, Json], classes: Iterable[str]) -> list[str]:
    """What is put before the patient with products of these kinds, photos with them (G05)."""
    planned = set(classes)
    return [one["key"] for one in body["texts"] if planned & set(one.get("asked_for", one["needed_for"]))]


def answer(shown: Mapping[str, Json], value: str) -> Mapping[str, Json] | None:
    """The answer of a shown text with this value, or None when it offers no such."""
    return next((one for one in shown["answers"] if one["value"] == value), None)


@dataclass(frozen=True)
class Signed:
    """One answer a patient put their name under. `whole`: countersigned, word for word what was signed."""

    key: str
    title: str
    value: str
    opens: bool
    version: int
    digest: str
    on: date
    at: datetime
    whole: bool


@dataclass(frozen=True)
class InForce:
    """The consent protocol a signature is held against."""

    version: int
    digest: str


def standing(rows: Sequence[Signed], withdrawn: Mapping[str, datetime], key: str) -> Signed | None:
    """The newest answer under this text that was not withdrawn since; the newest word counts."""
    newest = max((one for one in rows if one.key == key), key=lambda one: one.at, default=None)
    back = withdrawn.get(key)
    return None if newest is None or (back is not None and back >= newest.at) else newest


def against(
    row: Signed | None, was_withdrawn: bool, found: InForce, on: date, shown_day: str = ""
) -> str | None:
    """Why this consent does not open the gate on a day, in words; None when it does.

    A signature counts for the version and values it was made under, and for its own day: at each later visit
    the patient says with one tap that they still agree. `shown_day`: the day it was signed, in words.
    """
    if row is None:
        return "withdrawn: the patient may sign anew" if was_withdrawn else "not signed"
    if not row.whole:
        return "signed, but the tablet was not taken back with a PIN yet"
    if not row.opens:
        return "the patient does not agree"
    if row.digest != found.digest:
        return f"signed in version {row.version}, version {found.version} is in force: sign again"
    if row.on != on:
        return f"signed on {shown_day}: the patient confirms it at this visit"
    return None
