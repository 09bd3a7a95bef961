"""The names this program writes into FHIR: one code system, one address for each extension. Pure.

All are URNs: they name things, nothing is ever fetched from them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from safety.protocols.questions import values

Json = Any
Fhir = dict[str, Json]
BASE = "urn:reflow:fhir:"
QUESTIONNAIRE = f"{BASE}questionnaire:screening"
ANSWERS = f"{BASE}answer"
PATIENT = f"{BASE}patient"
SCREENING = f"{BASE}screening"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
CHOSEN = frozenset({"yn", "check", "gate", "select", "multi", "areas"})  # answered with one of our codes
SEVERAL = frozenset({"multi", "areas"})
FHIR_TYPES = {"date": "date", "number": "integer", "text": "text"}
VALUES = {"date": "valueDate", "number": "valueInteger", "text": "valueString"}
YES_OR_NO = {"no": "No", "yes": "Yes"}
NOT_KNOWN, NONE = "unknown", "none"
LARGEST_INTEGER = 2**31 - 1  # FHIR's integer has 32 bits


def extension(name: str, kind: str, value: Json) -> Fhir:
    """One of our extensions with one value: `kind` is FHIR's type, such as Code or Date."""
    return {"url": f"{BASE}{name}", f"value{kind}": value}


def several(name: str, parts: Iterable[Fhir]) -> Fhir:
    """One of our extensions with parts."""
    return {"url": f"{BASE}{name}", "extension": list(parts)}


def part(name: str, value: Json, kind: str | None = None) -> Fhir:
    """One part of an extension that has several; the type follows the value unless it is named."""
    plain = "Boolean" if isinstance(value, bool) else "Integer" if isinstance(value, int) else "String"
    return {"url": name, f"value{kind or plain}": value}


def wrapper(question: str) -> str:
    """The group that holds a question and its parts."""
    return f"{question}-and-parts"


def offers_not_known(question: Mapping[str, Json]) -> bool:
    """Whether "not known" may be answered: as the pages offer it."""
    return question["type"] != "text" and bool(question.get("unknown", NOT_KNOWN not in values(question)))


def options(question: Mapping[str, Json], areas: Mapping[str, str]) -> dict[str, tuple[Json, str]]:
    """Code → (answer in the contract's JSON, label) for a question that is answered by choosing."""
    kind, name = question["type"], question["id"]
    listed: dict[str, tuple[Json, str]]
    if kind == "areas":
        listed = {f"{name}.{area}": (area, label) for area, label in areas.items()}
    elif kind in {"select", "multi"}:
        listed = {f"{name}.{one['value']}": (str(one["value"]), one["label"]) for one in question["choices"]}
    else:
        listed = {code: (code, label) for code, label in YES_OR_NO.items()}
    if kind in SEVERAL:
        listed[NONE] = ([], question.get("none_label") or "None of these")
    if offers_not_known(question):
        listed[NOT_KNOWN] = ("unknown", "Not known")
    return listed


def coding(code: str, label: str) -> Fhir:
    """A code of ours."""
    return {"system": ANSWERS, "code": code, "display": label}


def area_names(body: Mapping[str, Json]) -> dict[str, str]:
    """Area → its name, in the order of the protocol."""
    return {area["id"]: area["name"] for area in body["areas"]}
