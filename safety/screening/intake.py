"""What screening is handed: the contract's JSON, read strictly into frozen values. Pure.

Every mistake is named with the place it stands in; nothing is guessed and nothing is dropped.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from safety.protocols import rules as protocol_rules
from safety.screening.answers import LARGEST, Misread, read_answers
from safety.screening.logic import Answer, years_between

Json = Any
LIFETIME = 120  # years: nobody is older, and no date that matters lies further away
CLASSES = ("toxin", "ha_filler", "biostimulator")
KEYS = {"on", "jurisdiction", "parameters", "patient", "plan", "answers", "history", "gates"}


class BadRequest(ValueError):
    """A request that cannot be assessed; `messages` name each mistake and its place."""

    def __init__(self, messages: list[str]):
        super().__init__("; ".join(messages))
        self.messages = messages


@dataclass(frozen=True)
class Planned:
    """One product of today's plan. `units`: toxin units, None when not planned yet."""

    product_class: str
    areas: tuple[str, ...]
    brand: str | None = None
    units: int | None = None


@dataclass(frozen=True)
class Treated:
    """One earlier treatment from the clinic's own records. No areas: they are not known."""

    product_class: str
    on: date
    areas: tuple[str, ...] = ()
    brand: str | None = None


@dataclass(frozen=True)
class Request:
    """One patient on one day with one plan. `gates_later`: gates right before the needle come later."""

    on: date
    plan: tuple[Planned, ...]
    born_on: date | None = None
    first_visit: bool = True
    answers: Mapping[str, Answer] = field(default_factory=dict)
    history: tuple[Treated, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict)
    gates_later: bool = False


def read_request(body: Mapping[str, Json], data: Json) -> Request:
    """The request in this JSON. Raises BadRequest naming every mistake."""
    if not isinstance(data, Mapping):
        raise BadRequest(["the request must be an object"])
    reader = _Reader(body)
    request = reader.request(data)
    if reader.messages or request is None:
        raise BadRequest(reader.messages)
    return request


class _Reader:
    def __init__(self, body: Mapping[str, Json]):
        self.body = body
        self.messages: list[str] = []
        self.areas = {area["id"]: area for area in body["areas"]}

    def request(self, data: Mapping[str, Json]) -> Request | None:
        for key in sorted(set(data) - KEYS):
            self.wrong(key, "is not part of a request")
        on = self.day(data.get("on"), "on")
        patient = self.mapping(data.get("patient", {}), "patient")
        plan = tuple(self.planned(data.get("plan")))
        history = tuple(self.treated(data.get("history", []), on))
        answers = self.answers(data.get("answers", {}), on)
        born_on = self.born_on(patient, on)
        parameters = self.parameters(data)
        if on is None or self.messages:
            return None
        first = self.flag(patient.get("first_visit", not history), "patient.first_visit")
        later = self.gates_later(data.get("gates", "asked"))
        return Request(on, plan, born_on, first, answers, history, parameters, later)

    def wrong(self, place: str, reason: str) -> None:
        self.messages.append(f"{place}: {reason}")

    def day(self, value: Json, place: str) -> date | None:
        try:
            if not isinstance(value, str) or len(value) != len("2026-03-10"):
                raise ValueError(value)
            return date.fromisoformat(value)
        except ValueError:
            self.wrong(place, "must be a date that exists, such as 2026-03-10")
            return None

    def mapping(self, value: Json, place: str) -> Mapping[str, Json]:
        if isinstance(value, Mapping):
            return value
        self.wrong(place, "must be an object")
        return {}

    def flag(self, value: Json, place: str) -> bool:
        if not isinstance(value, bool):
            self.wrong(place, "must be true or false")
        return bool(value)

    def gates_later(self, value: Json) -> bool:
        if value not in ("asked", "later"):
            self.wrong("gates", "must be asked or later")
        return bool(value == "later")

    def born_on(self, patient: Mapping[str, Json], on: date | None) -> date | None:
        for key in sorted(set(patient) - {"born_on", "first_visit"}):
            self.wrong(f"patient.{key}", "is not part of a request")
        if patient.get("born_on") is None:
            return None
        born_on = self.day(patient["born_on"], "patient.born_on")
        if born_on and on and born_on > on:
            self.wrong("patient.born_on", "lies after the day of the assessment")
        elif born_on and on and _far_apart(born_on, on):
            self.wrong("patient.born_on", f"lies more than {LIFETIME} years back: check the year")
        return born_on

    def parameters(self, data: Mapping[str, Json]) -> Mapping[str, Json]:
        values = dict(self.mapping(data.get("parameters", {}), "parameters"))
        named = data.get("jurisdiction")
        if named is not None and values.setdefault("jurisdiction", named) != named:
            self.wrong("jurisdiction", "differs from parameters.jurisdiction")
        try:
            protocol_rules.effective(self.body, values)
        except protocol_rules.Refused as refused:
            self.wrong("parameters", str(refused))
        return values

    def planned(self, value: Json) -> Iterator[Planned]:
        if not isinstance(value, list) or not value:
            self.wrong("plan", "must be a list with at least one product")
            return
        for index, item in enumerate(value):
            place = f"plan.{index}"
            known = self.product(item, place, {"product_class", "brand", "areas", "units"})
            if known:
                areas, brand = self.areas_of(item, place), self.brand(item, place)
                yield Planned(known, areas, brand, self.units(item, place))

    def treated(self, value: Json, on: date | None) -> Iterator[Treated]:
        if not isinstance(value, list):
            self.wrong("history", "must be a list")
            return
        for index, item in enumerate(value):
            place = f"history.{index}"
            known = self.product(item, place, {"product_class", "brand", "areas", "units", "on"})
            then = self.day(item.get("on"), f"{place}.on") if known else None
            if then and on and then > on:
                self.wrong(f"{place}.on", "lies after the day of the assessment")
            if known and then:
                areas = self.areas_of(item, place) if item.get("areas") else ()
                yield Treated(known, then, areas, self.brand(item, place))

    def product(self, item: Json, place: str, keys: set[str]) -> str | None:
        if not isinstance(item, Mapping):
            self.wrong(place, "must be an object")
            return None
        for key in sorted(set(item) - keys):
            self.wrong(f"{place}.{key}", "is not part of a product")
        if item.get("product_class") in CLASSES:
            return str(item["product_class"])
        self.wrong(f"{place}.product_class", f"must be one of {', '.join(CLASSES)}")
        return None

    def areas_of(self, item: Mapping[str, Json], place: str) -> tuple[str, ...]:
        named = item.get("areas")
        if not isinstance(named, list) or not named:
            self.wrong(f"{place}.areas", "must be a list with at least one area")
            return ()
        found = [self.area(name, f"{place}.areas", item["product_class"]) for name in named]
        return tuple(dict.fromkeys(name for name in found if name))

    def area(self, name: Json, place: str, product_class: str) -> str | None:
        wanted = plain_word(name) if isinstance(name, str) else ""
        area = self.areas.get(wanted)
        if area is None:
            self.wrong(place, f"there is no area {name!r}: use one of {', '.join(self.areas)}")
        elif area["tier"] == "none" and product_class not in area["product_classes"]:
            self.wrong(place, f"{wanted} is not an area for {product_class}")
        else:
            return wanted
        return None

    def brand(self, item: Mapping[str, Json], place: str) -> str | None:
        """As the protocol spells it. An unknown toxin brand is kept: question T07 answers to it."""
        brand = item.get("brand")
        if brand is None:
            return None
        if not isinstance(brand, str) or not plain_word(brand):
            self.wrong(f"{place}.brand", "must be the name on the box")
            return None
        return known_brands(self.body).get(plain_word(brand), brand.strip())

    def units(self, item: Mapping[str, Json], place: str) -> int | None:
        units = item.get("units")
        if units is None:
            return None
        if not isinstance(units, int) or isinstance(units, bool) or not 0 <= units <= LARGEST:
            self.wrong(f"{place}.units", f"must be a whole number of units, 0 to {LARGEST}")
            return None
        return units

    def answers(self, value: Json, on: date | None) -> Mapping[str, Answer]:
        given = self.mapping(value, "answers")
        found: dict[str, Answer] = {}
        for item in read_answers(self.body["questions"], given, frozenset(self.areas)):
            if isinstance(item, Misread):
                self.wrong(f"answers.{item.question}", item.reason)
            elif on and isinstance(item.answer, date) and _far_apart(item.answer, on):
                self.wrong(
                    f"answers.{item.question}", f"lies more than {LIFETIME} years away: check the year"
                )
            elif found.setdefault(item.question, item.answer) != item.answer:
                self.wrong(f"answers.{item.question}", "is answered twice, and differently")
        return found


def _far_apart(one: date, other: date) -> bool:
    return years_between(min(one, other), max(one, other)) > LIFETIME


def plain_word(name: str) -> str:
    """Lower case, words joined by underscores, no marks: Crow's feet → crows_feet."""
    kept = "".join(letter for letter in name.casefold() if letter.isalnum() or letter in " -_")
    return "_".join(kept.replace("-", " ").replace("_", " ").split())


def known_brands(body: Mapping[str, Json]) -> dict[str, str]:
    """Plain word → the brand as the protocol spells it."""
    toxins = [brand for listed in body["licensed_toxins"] for brand in listed["brands"]]
    return {plain_word(brand): brand for brand in [*toxins, *body["biostimulators"]["brands"]]}
