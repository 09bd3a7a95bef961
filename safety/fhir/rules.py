"""The questionnaire as a FHIR R4B Questionnaire: one item a question, linkId its id. Pure.

What R4B cannot say stands in extensions (docs/fhir.md): `applies` and `shown-if` hold the condition itself as
canonical JSON. An item is `required` only where R4B alone can tell whether it is asked; otherwise
`required-when-shown` says so, and whoever reads the answers back (`safety.fhir.reading`) checks it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from safety.audit import canonical
from safety.fhir.enabling import ALWAYS, Enabling, Expression
from safety.fhir.words import (
    CHOSEN,
    FHIR_TYPES,
    QUESTIONNAIRE,
    SEVERAL,
    UNIT,
    area_names,
    coding,
    extension,
    options,
    part,
    several,
    wrapper,
)
from safety.protocols import rules as protocol_rules
from safety.protocols.questions import flat

Json = Any
Fhir = dict[str, Json]


def questionnaire(
    source: Mapping[str, Json], file_sha256: str, values: Mapping[str, Json], status: str = "unknown"
) -> Fhir:
    """The Questionnaire of one protocol file with these parameter values.

    `source`: the body of a loaded screening protocol. `status`: draft, active, retired or unknown. Raises
    `safety.protocols.rules.Refused` for a value out of range.
    """
    body = form(source, values)
    writer = _Writer(body)
    return {
        "resourceType": "Questionnaire",
        "id": f"screening-v{body['version']}",
        "extension": pinned(file_sha256, body["parameters"]),
        "url": QUESTIONNAIRE,
        "version": str(body["version"]),
        "name": "Screening",
        "title": body["title"],
        "status": status,
        "subjectType": ["Patient"],
        "description": body["summary"],
        "item": [writer.group(group) for group in body["groups"]],
    }


def form(source: Mapping[str, Json], values: Mapping[str, Json]) -> dict[str, Json]:
    """What is asked, with these values put in; what answers mean stays out, and need not be gone through."""
    asked = [{key: item for key, item in one.items() if key != "rules"} for one in source["questions"]]
    kept = {key: source[key] for key in ("version", "title", "summary", "parameters", "groups", "areas")}
    return protocol_rules.resolve({**kept, "questions": asked}, values)


def pinned(file_sha256: str, parameters: Mapping[str, Json]) -> list[Fhir]:
    """What names one file with one set of values: both hashes, and every value."""
    return [
        extension("file-sha256", "String", file_sha256),
        extension("digest", "String", protocol_rules.digest(file_sha256, parameters)),
        *(
            several("parameter", [part("key", key), part("value", value)])
            for key, value in parameters.items()
        ),
    ]


def places(body: Mapping[str, Json]) -> dict[str, str | None]:
    """linkId → the linkId it stands under (None: at the top), for groups, wrappers and questions."""
    found: dict[str, str | None] = {group["id"]: None for group in body["groups"]}
    for question in body["questions"]:
        under = question["group"]
        if question.get("parts"):
            under = wrapper(question["id"])
            found[under] = question["group"]
        found |= {each["id"]: under for _, each in flat([question])}
    return found


class _Writer:
    def __init__(self, body: Mapping[str, Json]):
        self.body = body
        self.areas = area_names(body)
        self.questions = {question["id"]: question for _, question in flat(body["questions"])}
        self.expression = Expression(self.questions, self.areas)

    def group(self, group: Mapping[str, Json]) -> Fhir:
        asked = [question for question in self.body["questions"] if question["group"] == group["id"]]
        items = [self.whole(question) for question in asked]
        return {"linkId": group["id"], "text": group["title"], "type": "group", "item": items}

    def whole(self, question: Mapping[str, Json]) -> Fhir:
        """A question; one with parts stands with them in a group that carries when it is asked."""
        scope, told, elements = self.asked_when(question)
        if not question.get("parts"):
            return self.item(question, scope, elements, told)
        parts = [self.part(question, below, told) for below in question["parts"]]
        items = [self.item(question, [], {}, told), *parts]
        head = {"extension": scope} if scope else {}
        return {"linkId": wrapper(question["id"]), **head, "type": "group", **elements, "item": items}

    def part(self, whole: Mapping[str, Json], question: Mapping[str, Json], told: bool) -> Fhir:
        """A part without a rule of its own follows a yes, or anything chosen."""
        follows = {"some": True} if whole["type"] == "multi" else {"eq": "yes"}
        scope, own, elements = self.asked_when({"shown_if": {"q": whole["id"], **follows}, **question})
        return self.item(question, scope, elements, told and own)

    def asked_when(self, question: Mapping[str, Json]) -> tuple[list[Fhir], bool, Fhir]:
        """Extensions for what R4B cannot say, whether it can say all, and what it can."""
        beyond = [("applies", question["applies"])] if "applies" in question else []
        shown_if = question.get("shown_if")
        said: Enabling | None = self.expression.of(shown_if) if shown_if else ALWAYS
        if said is None:
            beyond.append(("shown-if", shown_if))
        scope = [extension(name, "String", canonical.dumps(value).decode()) for name, value in beyond]
        if "stage" in question:
            scope.append(extension("stage", "Code", question["stage"]))
        return scope, not scope, (said or ALWAYS).as_fhir()

    def item(self, question: Mapping[str, Json], scope: list[Fhir], elements: Fhir, told: bool) -> Fhir:
        required = not question.get("optional", False)
        kind = question["type"]
        return {
            "linkId": question["id"],
            "extension": [*self.about(question), *scope, *_required_later(required and not told)],
            "text": question["wording"],
            "type": FHIR_TYPES.get(kind, "choice"),
            **elements,
            **({"required": True} if required and told else {}),
            **({"repeats": True} if kind in SEVERAL else {}),
            **({"answerOption": self.offered(question)} if kind in CHOSEN else {}),
        }

    def about(self, question: Mapping[str, Json]) -> Iterator[Fhir]:
        yield extension("asked-of", "Code", question["asked_of"])
        yield extension("why", "String", question["why"])
        if "hint" in question:
            yield extension("hint", "String", question["hint"])
        if "unit" in question:
            yield {"url": UNIT, "valueCoding": {"display": question["unit"]}}

    def offered(self, question: Mapping[str, Json]) -> list[Fhir]:
        listed = options(question, self.areas)
        return [{"valueCoding": coding(code, label)} for code, (_, label) in listed.items()]


def _required_later(needed: bool) -> list[Fhir]:
    return [extension("required-when-shown", "Boolean", True)] if needed else []
