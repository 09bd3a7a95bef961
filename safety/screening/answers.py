"""Answers as people and programs give them, read into one form for each kind of question. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from safety.protocols.questions import flat, values
from safety.screening.logic import Answer, Said

Json = Any
Listed = dict[str, Json]
NOT_KNOWN = frozenset({"unknown", "dk", "not_known", "not known", "don't know", "dont_know"})
NOTHING = frozenset({"no", "none", "never", "n"})
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
ITSELF = ("answer", "value")
LARGEST = 99_999  # of anything counted in one answer or one plan


@dataclass(frozen=True)
class Read:
    """One question answered."""

    question: str
    answer: Answer


@dataclass(frozen=True)
class Misread:
    """One answer that cannot be taken, and what would be."""

    question: str
    reason: str


def read_answers(
    questions: list[Json], given: Mapping[str, Json], areas: frozenset[str]
) -> Iterator[Read | Misread]:
    """Every answer given, one by one: parts as "G16.on", or nested as {"G16": {"answer": "yes", "on": …}}."""
    listed = {question["id"]: question for _, question in flat(questions)}
    names = {name: name for name in listed}
    names |= {other: question["id"] for question in listed.values() for other in question.get("also", [])}
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _nested(name, value, names, listed, areas)
        else:
            yield from _one(name, value, names, listed, areas)


def _nested(
    name: str, value: Mapping[str, Json], names: dict[str, str], listed: Listed, areas: frozenset[str]
) -> Iterator[Read | Misread]:
    for key, item in value.items():
        part = next((full for full in (f"{name}.{key}", f"{name}{key}") if full in names), None)
        if key in ITSELF or (part is None and key in {"on", "date"}):
            yield from _one(name, item, names, listed, areas)
        else:
            yield from _one(part or f"{name}.{key}", item, names, listed, areas)


def _one(
    name: str, value: Json, names: dict[str, str], listed: Listed, areas: frozenset[str]
) -> Iterator[Read | Misread]:
    question = listed.get(names.get(name, ""))
    if question is None:
        yield Misread(name, "there is no such question")
        return
    if value is None or value == "":
        return
    short = _short_form(question, value)
    if short:
        yield from short
        return
    answer = _answer(question, value, areas)
    yield Misread(name, answer) if isinstance(answer, _Reason) else Read(question["id"], answer)


class _Reason(str):
    """Why an answer cannot be taken."""


def _short_form(question: Mapping[str, Json], value: Json) -> list[Read | Misread]:
    """A bare date or number where yes or no is asked means yes, and says which date or how many."""
    if question["type"] != "yn":
        return []
    parts: dict[str, list[str]] = {"date": [], "number": []}
    for part in question.get("parts", []):
        parts.setdefault(part["type"], []).append(part["id"])
    if isinstance(value, int) and not isinstance(value, bool) and len(parts["number"]) == 1:
        return [Read(question["id"], "yes"), Read(parts["number"][0], value)]
    if isinstance(value, str) and ISO_DATE.match(value) and parts["date"]:
        day = _date(value)
        if isinstance(day, _Reason):
            return [Misread(question["id"], day)]
        others: list[Read | Misread] = [Read(other, Said.NONE) for other in parts["date"][1:]]
        return [Read(question["id"], "yes"), Read(parts["date"][0], day), *others]
    return []


def _answer(question: Mapping[str, Json], value: Json, areas: frozenset[str]) -> Answer | _Reason:
    kind = question["type"]
    if kind == "text":
        return value if isinstance(value, str) else _Reason("must be text")
    word = _word(value)
    if word in NOT_KNOWN:
        return "unknown" if kind == "select" and "unknown" in values(question) else _not_known(question)
    if kind in {"yn", "check", "gate"}:
        return _yes_or_no(question, word)
    if kind == "select":
        return _choice(question, word)
    if kind == "multi":
        return _choices(value, [str(choice) for choice in values(question)])
    if kind == "areas":
        return _choices(value, sorted(areas))
    if kind == "number":
        return _number(value, word)
    return Said.NONE if word in NOTHING and "none_label" in question else _date(word)


def _not_known(question: Mapping[str, Json]) -> Answer:
    """Among many choices, not known may itself be one."""
    listed = question["type"] == "multi" and "unknown" in values(question)
    return ("unknown",) if listed else Said.NOT_KNOWN


def _word(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).strip().casefold() if isinstance(value, str | int) else ""


def _yes_or_no(question: Mapping[str, Json], word: str) -> Answer | _Reason:
    if word in {"yes", "y"}:
        return "yes"
    if word in {"no", "n"}:
        return "no"
    if ISO_DATE.match(word) and question["type"] == "check":
        return _check_against(word)
    return _Reason("answer yes, no or unknown")


def _check_against(word: str) -> Answer | _Reason:
    """The date read from the document; whoever assesses compares it with the date of birth."""
    return _date(word)


def _choice(question: Mapping[str, Json], word: str) -> Answer | _Reason:
    offered = {str(choice).casefold(): str(choice) for choice in values(question)}
    if word in offered:
        return offered[word]
    if word in NOTHING and ("no" in offered or "none" in offered):
        return "no" if "no" in offered else "none"
    if word == "yes":
        return Said.VAGUE
    return _Reason(f"choose one of {', '.join(offered.values())}, or unknown")


def _choices(value: Json, offered: list[str]) -> Answer | _Reason:
    """No answer chosen is an answer: none of them."""
    if isinstance(value, bool):
        return Said.VAGUE if value else ()
    words = [_word(item) for item in value] if isinstance(value, list) else [_word(value)]
    if not words or (len(words) == 1 and words[0] in NOTHING):
        return ()
    if words == ["yes"]:
        return Said.VAGUE
    strange = [word for word in words if word not in offered]
    if strange:
        return _Reason(f"{strange[0]!r} is not among {', '.join(offered)}")
    return tuple(dict.fromkeys(words))


def _number(value: Json, word: str) -> Answer | _Reason:
    if isinstance(value, bool) or word in {"yes", *NOTHING}:
        return Said.VAGUE if word == "yes" else 0
    if word.isascii() and word.isdigit() and len(word) <= len(str(LARGEST)):
        return int(word)
    return _Reason(f"must be a whole number, 0 to {LARGEST}")


def _date(word: str) -> Answer | _Reason:
    if word == "yes":
        return Said.VAGUE
    try:
        if not ISO_DATE.match(word):
            raise ValueError(word)
        return date.fromisoformat(word)
    except ValueError:
        return _Reason("must be a date that exists, such as 2026-03-10, or unknown")
