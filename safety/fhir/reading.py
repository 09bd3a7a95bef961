"""From a QuestionnaireResponse back to what `screening assess` reads. Pure; every fault named with its place.

What FHIR libraries let pass is checked here: what is asked is computed again from the plan, the day and the
answers, and an answer to anything else is refused rather than dropped.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from safety.fhir.extensions import is_day, read_extensions
from safety.fhir.items import Items
from safety.fhir.rules import form
from safety.fhir.words import PATIENT, QUESTIONNAIRE
from safety.protocols import rules as protocol_rules
from safety.screening.rules import BadRequest, Request, questions_for, read_request

Json = Any
ELEMENTS = frozenset({
    "resourceType", "id", "meta", "contained", "extension", "identifier", "questionnaire", "status",
    "subject", "authored", "item",
})  # fmt: skip
STATUSES = ("in-progress", "completed", "amended")
SHOWN_AT_ONCE = 20
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})\Z")
Known = Callable[[int], tuple[Mapping[str, Json], str] | None]


class Refused(ValueError):
    """A response that is not taken; `messages` name each fault and the linkId or element it stands in."""

    def __init__(self, messages: list[str]):
        left = len(messages) - SHOWN_AT_ONCE
        super().__init__("; ".join(messages[:SHOWN_AT_ONCE]) + (f"; and {left} more" if left > 0 else ""))
        self.messages = messages


def request_of(data: Json, known: Known) -> tuple[Mapping[str, Json], dict[str, Json]]:
    """The protocol body and the request in this response. `known`: version → (body, SHA-256 of its file).

    Raises Refused.
    """
    if not isinstance(data, Mapping) or data.get("resourceType") != "QuestionnaireResponse":
        raise Refused(["resourceType: must be QuestionnaireResponse"])
    messages: list[str] = []

    def tell(place: str, reason: str) -> None:
        messages.append(f"{place}: {reason}")

    source, file_sha256 = _questionnaire(data.get("questionnaire"), known)
    for name in sorted(set(data) - ELEMENTS):
        tell(name[:60], "is not an element this program reads")
    context = read_extensions(data.get("extension"), tell)
    parameters = _pinned(context, source, file_sha256, tell)
    patient = _patient(data, context, tell)
    _head(data, tell)
    items = Items(form(source, parameters or {}), tell)
    if "item" in data:
        items.read(data["item"])
    if messages or parameters is None:
        raise Refused(messages)
    asked = {**_asked(context, parameters), "patient": patient, "answers": items.answers}
    _checked(source, asked, data["status"])
    return source, asked


def _questionnaire(canonical: Json, known: Known) -> tuple[Mapping[str, Json], str]:
    url, _, version = canonical.partition("|") if isinstance(canonical, str) else ("", "", "")
    if url != QUESTIONNAIRE:
        raise Refused([f"questionnaire: must be {QUESTIONNAIRE} with its version"])
    number = int(version) if version.isascii() and version.isdigit() and len(version) < len("10000") else 0
    found = known(number)
    if found is None:
        raise Refused(["questionnaire: this version is not known here"])
    return found


def _pinned(
    context: Mapping[str, Json],
    source: Mapping[str, Json],
    file_sha256: str,
    tell: Callable[[str, str], None],
) -> dict[str, Json] | None:
    """The values, when they are whole, allowed, and those the digest names."""
    if context.get("file-sha256", file_sha256) != file_sha256:
        tell("extension file-sha256", "names another file than this version's here")
    given = [(one["key"][0], one["value"][0]) for one in context["parameter"] if {"key", "value"} <= set(one)]
    values = dict(given)
    if len(values) < len(given):
        tell("extension parameter", "the same key stands twice")
    try:
        chosen = protocol_rules.effective(source, values)
    except protocol_rules.Refused as refused:
        tell("extension parameter", str(refused))
        return None
    for key in sorted(set(chosen) - set(values)):
        tell("extension parameter", f"{key} is missing")
    if context.get("digest", "") != protocol_rules.digest(file_sha256, chosen):
        tell("extension digest", "does not name this version with these values")
    return chosen


def _patient(data: Mapping[str, Json], context: Mapping[str, Json], tell: Callable[[str, str], None]) -> Json:
    """First visit, and the date of birth when there is one."""
    patient: dict[str, Json] = {"first_visit": context.get("first-visit", False)}
    listed = data.get("contained")
    held = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    if not isinstance(held, Mapping) or held.get("resourceType") != "Patient" or held.get("id") != "subject":
        tell("contained", "must be one Patient with the id subject")
        return patient
    for name in sorted(set(held) - {"resourceType", "id", "identifier", "birthDate"}):
        tell(f"contained Patient {name[:60]}", "is not read here: a local id and a birth date are enough")
    if "birthDate" in held and not is_day(held["birthDate"]):
        tell("contained Patient birthDate", "must be a date that exists, such as 2026-03-10")
    elif "birthDate" in held:
        patient["born_on"] = held["birthDate"]
    if "identifier" in held and not _is_local(held["identifier"]):
        tell("contained Patient identifier", "must be one local id")
    if data.get("subject") != {"reference": "#subject"}:
        tell("subject", "must refer to #subject")
    return patient


def _is_local(listed: Json) -> bool:
    one = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    return isinstance(one, Mapping) and set(one) == {"system", "value"} and one["system"] == PATIENT


def _head(data: Mapping[str, Json], tell: Callable[[str, str], None]) -> None:
    if data.get("status") not in STATUSES:
        tell("status", f"must be one of {', '.join(STATUSES)}")
    authored = data.get("authored")
    if authored is not None and not _is_instant(authored):
        tell("authored", "must be a moment that exists, with its time zone")


def _is_instant(value: Json) -> bool:
    try:
        return isinstance(value, str) and bool(INSTANT.match(value)) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _asked(context: Mapping[str, Json], parameters: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "on": context["assessed-on"],
        "parameters": dict(parameters),
        "plan": [_product(one) for one in context["plan"]],
        "history": [_product(one) for one in context["history"]],
        "gates": context["gates"],
    }


def _product(parts: Mapping[str, list[Json]]) -> dict[str, Json]:
    """As the contract writes it: only what is there."""
    named = {"product_class": "product-class", "brand": "brand", "units": "units", "on": "on"}
    found = {key: parts[name][0] for key, name in named.items() if name in parts}
    return {**found, **({"areas": parts["area"]} if "area" in parts else {})}


def _checked(source: Mapping[str, Json], asked: Mapping[str, Json], status: str) -> None:
    """What only the questionnaire's own rules can tell: answers to what is not asked, and gaps."""
    try:
        request = read_request(source, asked)
    except BadRequest as refused:
        raise Refused([message.removeprefix("answers.") for message in refused.messages]) from refused
    messages = _hidden(source, request) + (_open(source, request) if status != "in-progress" else [])
    if messages:
        raise Refused(messages)


def _hidden(source: Mapping[str, Json], request: Request) -> list[str]:
    shown = {question.id for question in questions_for(source, request)}
    return [f"{name}: is answered, but not asked for this plan, day and answers" for name in request.answers
            if name not in shown]  # fmt: skip


def _open(source: Mapping[str, Json], request: Request) -> list[str]:
    asked = [question.id for question in questions_for(source, request) if question.required]
    return [f"{name}: is asked and not answered, but the status says complete" for name in asked
            if name not in request.answers]  # fmt: skip
