"""One patient's answers as a FHIR R4B QuestionnaireResponse, with all a second reader needs to decide. Pure.

Only answers to questions that are asked are written. The patient is a local id and a date of birth: never a
name. The plan, earlier treatments, values and the day stand in extensions (docs/fhir.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from safety.fhir.rules import form, pinned
from safety.fhir.words import (
    ABSENT,
    CHOSEN,
    LARGEST_INTEGER,
    NONE,
    NOT_KNOWN,
    PATIENT,
    QUESTIONNAIRE,
    SCREENING,
    VALUES,
    area_names,
    coding,
    extension,
    options,
    part,
    several,
    wrapper,
)
from safety.protocols.questions import flat
from safety.screening.logic import Answer, Said
from safety.screening.rules import BadRequest, Planned, Request, Treated, questions_for, read_request

Json = Any
Fhir = dict[str, Json]
REASONS = {Said.NOT_KNOWN: "asked-unknown", Said.NONE: "not-applicable", Said.VAGUE: "temp-unknown"}


@dataclass(frozen=True)
class About:
    """What the answers themselves do not say. No status: it follows from what is still open."""

    patient_id: str | None = None
    screening_id: str | None = None
    authored: datetime | None = None
    status: str | None = None


def response(
    source: Mapping[str, Json], file_sha256: str, asked: Mapping[str, Json], about: About | None = None
) -> Fhir:
    """The QuestionnaireResponse of one request to `screening assess` (its JSON is `asked`).

    Raises BadRequest when the request cannot be read, or holds what FHIR cannot.
    """
    request, about = read_request(source, asked), about or About()
    body, shown = form(source, request.parameters), questions_for(source, request)
    given = answers(body, request, [question.id for question in shown])
    gaps = any(question.required and question.id not in given for question in shown)
    return {
        "resourceType": "QuestionnaireResponse",
        **({"id": about.screening_id} if about.screening_id else {}),
        "contained": [_patient(request, about)],
        "extension": [*pinned(file_sha256, body["parameters"]), *_context(request)],
        **({"identifier": _identifier(SCREENING, about.screening_id)} if about.screening_id else {}),
        "questionnaire": f"{QUESTIONNAIRE}|{body['version']}",
        "status": about.status or ("in-progress" if gaps else "completed"),
        "subject": {"reference": "#subject"},
        **({"authored": about.authored.isoformat(timespec="seconds")} if about.authored else {}),
        **({"item": items} if (items := _items(body, given)) else {}),
    }


def _identifier(system: str, value: str) -> Fhir:
    return {"system": system, "value": value}


def _patient(request: Request, about: About) -> Fhir:
    local = {"identifier": [_identifier(PATIENT, about.patient_id)]} if about.patient_id else {}
    born_on = {"birthDate": request.born_on.isoformat()} if request.born_on else {}
    return {"resourceType": "Patient", "id": "subject", **local, **born_on}


def _context(request: Request) -> Iterator[Fhir]:
    yield extension("assessed-on", "Date", request.on.isoformat())
    yield extension("first-visit", "Boolean", request.first_visit)
    yield extension("gates", "Code", "later" if request.gates_later else "asked")
    for planned in request.plan:
        yield several("plan", _product(planned))
    for treated in request.history:
        yield several("history", [*_product(treated), part("on", treated.on.isoformat(), "Date")])


def _product(product: Planned | Treated) -> Iterator[Fhir]:
    yield part("product-class", product.product_class, "Code")
    if product.brand is not None:
        yield part("brand", product.brand)
    yield from (part("area", area, "Code") for area in product.areas)
    if isinstance(product, Planned) and product.units is not None:
        yield part("units", _within("plan.units", product.units))


def _within(place: str, number: int) -> int:
    if number > LARGEST_INTEGER:
        raise BadRequest([f"{place}: is larger than a FHIR integer can be"])
    return number


def answers(body: Mapping[str, Json], request: Request, shown: list[str]) -> dict[str, list[Fhir]]:
    """Question → its answers in FHIR, for what is asked and answered."""
    listed = {question["id"]: question for _, question in flat(body["questions"])}
    areas = area_names(body)
    found: dict[str, list[Fhir]] = {}
    for name in shown:
        answer = _compared(listed[name], request.answers.get(name), request.born_on)
        if answer is not None:
            found[name] = _answers(listed[name], answer, areas)
    return found


def _compared(question: Mapping[str, Json], answer: Answer | None, born_on: date | None) -> Answer | None:
    """The day read from a document becomes what it shows: yes or no, nothing without a birth date."""
    if not isinstance(answer, date) or question["type"] != "check":
        return answer
    return None if born_on is None else "yes" if answer == born_on else "no"


def _answers(question: Mapping[str, Json], answer: Answer, areas: Mapping[str, str]) -> list[Fhir]:
    kind = question["type"]
    codes = (
        {str(value): code for code, (value, _) in options(question, areas).items()} if kind in CHOSEN else {}
    )
    if isinstance(answer, Said):
        return [_without_value(question, answer, codes)]
    if isinstance(answer, tuple):
        chosen = [codes[value] for value in answer] or [NONE]
    elif kind in CHOSEN:
        chosen = [codes[str(answer)]]
    else:
        plain = answer.isoformat() if isinstance(answer, date) else answer
        return [{VALUES[kind]: _within(question["id"], plain) if isinstance(plain, int) else plain}]
    labels = options(question, areas)
    return [{"valueCoding": coding(code, labels[code][1])} for code in chosen]


def _without_value(question: Mapping[str, Json], said: Said, codes: Mapping[str, str]) -> Fhir:
    """Not known, no such day, or yes where which one was asked: our code, else the reason."""
    if said is Said.NOT_KNOWN and codes.get("unknown") == NOT_KNOWN:
        return {"valueCoding": coding(NOT_KNOWN, "Not known")}
    reason = {"extension": [{"url": ABSENT, "valueCode": REASONS[said]}]}
    kind = question["type"]
    return {"valueCoding": reason} if kind in CHOSEN else {f"_{VALUES[kind]}": reason}


def _items(body: Mapping[str, Json], given: Mapping[str, list[Fhir]]) -> list[Fhir]:
    """Groups, wrappers and questions as the Questionnaire has them, without what is empty."""
    found: list[Fhir] = []
    for group in body["groups"]:
        asked = [question for question in body["questions"] if question["group"] == group["id"]]
        items = [item for question in asked for item in _whole(question, given)]
        if items:
            found.append({"linkId": group["id"], "text": group["title"], "item": items})
    return found


def _whole(question: Mapping[str, Json], given: Mapping[str, list[Fhir]]) -> list[Fhir]:
    items = [
        {"linkId": each["id"], "text": each["wording"], "answer": given[each["id"]]}
        for _, each in flat([question])
        if each["id"] in given
    ]
    return [{"linkId": wrapper(question["id"]), "item": items}] if items and question.get("parts") else items
