"""The items of a QuestionnaireResponse, read strictly against one questionnaire. Pure.

A library that knows FHIR accepts most of what is refused here: it checks the shape, not what was asked.
"""

from collections.abc import Callable, Mapping
from typing import Any

from safety.fhir.extensions import is_day
from safety.fhir.rules import places
from safety.fhir.words import ABSENT, ANSWERS, CHOSEN, NONE, NOT_KNOWN, SEVERAL, VALUES, area_names, options
from safety.protocols.questions import flat

Json = Any
Tell = Callable[[str, str], None]
ABSENCES = {"asked-unknown": "unknown", "not-applicable": "none", "temp-unknown": "yes"}
PLAIN_KINDS = {"valueDate": str, "valueInteger": int, "valueString": str}


class Items:
    """Reads the items of one response; `answers` fills with question → answer in the contract's JSON."""

    def __init__(self, body: Mapping[str, Json], tell: Tell):
        self.questions = {question["id"]: question for _, question in flat(body["questions"])}
        self.areas = area_names(body)
        self.places = places(body)
        self.titles = {group["id"]: group["title"] for group in body["groups"]}
        self.tell = tell
        self.seen: set[str] = set()
        self.answers: dict[str, Json] = {}

    def read(self, listed: Json, under: str | None = None) -> None:
        """These items, which stand under the group `under`."""
        if not isinstance(listed, list) or not listed:
            self.tell(under or "item", "must be a list with at least one item")
            return
        for item in listed:
            self.one(item, under)

    def one(self, item: Json, under: str | None) -> None:
        name = item.get("linkId") if isinstance(item, Mapping) else None
        if not isinstance(name, str) or name not in self.places:
            self.tell(_short(name), "there is no such question in this questionnaire")
            return
        if name in self.seen:
            self.tell(name, "stands more than once")
            return
        self.seen.add(name)
        if self.places[name] != under:
            self.tell(
                name, f"stands under {under or 'nothing'}, but belongs under {self.places[name] or 'nothing'}"
            )
        elif name in self.questions:
            self.question(self.questions[name], item)
        else:
            self.group(name, item)

    def group(self, name: str, item: Mapping[str, Json]) -> None:
        for key in sorted(set(item) - {"linkId", "text", "item"}):
            self.tell(name, f"{key} does not belong in a group")
        if item.get("text", self.titles.get(name)) != self.titles.get(name):
            self.tell(name, "has another title than in the questionnaire")
        self.read(item.get("item"), name)

    def question(self, question: Mapping[str, Json], item: Mapping[str, Json]) -> None:
        name, given = question["id"], item.get("answer")
        for key in sorted(set(item) - {"linkId", "text", "answer"}):
            self.tell(name, f"{key} does not belong in a question")
        if item.get("text", question["wording"]) != question["wording"]:
            self.tell(name, "was asked in other words than the questionnaire's")
        if not isinstance(given, list) or not given:
            self.tell(name, "has no answer; leave out what is not answered")
        elif len(given) > 1 and question["type"] not in SEVERAL:
            self.tell(name, "has more than one answer, where one is allowed")
        else:
            self.take(question, [self.answer(question, one) for one in given])

    def take(self, question: Mapping[str, Json], read: list[Json]) -> None:
        """Keep the answer, unless something was told about it."""
        if None in read:
            return
        several = question["type"] in SEVERAL
        if len(read) > 1 and ([] in read or "unknown" in read or "yes" in read):
            self.tell(question["id"], "says none or not known beside something chosen")
        elif len(read) > len(set(map(str, read))):
            self.tell(question["id"], "has the same answer twice")
        elif several and read[0] not in ([], "unknown", "yes"):
            self.answers[question["id"]] = [value for _, value in read]
        else:
            self.answers[question["id"]] = read[0] if not isinstance(read[0], tuple) else read[0][1]

    def answer(self, question: Mapping[str, Json], given: Json) -> Json:
        """One answer: "unknown", "none", "yes", [] or (kind, value); None, and told, when it is none."""
        kind = "valueCoding" if question["type"] in CHOSEN else VALUES[question["type"]]
        if not isinstance(given, Mapping) or set(given) not in ({kind}, {f"_{kind}"}):
            self.tell(question["id"], f"must be answered with {kind} and nothing else")
            return None
        if f"_{kind}" in given or _is_absence(given[kind]):
            return self.absence(question["id"], given.get(f"_{kind}", given.get(kind)))
        if kind == "valueCoding":
            return self.code(question, given[kind])
        return self.plain(question["id"], kind, given[kind])

    def plain(self, name: str, kind: str, value: Json) -> Json:
        if type(value) is not PLAIN_KINDS[kind] or value == "":
            self.tell(name, f"{kind} has a value of another type")
        elif kind == "valueDate" and not is_day(value):
            self.tell(name, "must be a date that exists, such as 2026-03-10")
        else:
            return (kind, value)
        return None

    def absence(self, name: str, value: Json) -> Json:
        listed = (
            value.get("extension") if isinstance(value, Mapping) and set(value) == {"extension"} else None
        )
        first = listed[0] if isinstance(listed, list) and len(listed) == 1 else {}
        code = first.get("valueCode") if isinstance(first, Mapping) and first.get("url") == ABSENT else None
        if not isinstance(code, str) or code not in ABSENCES or set(first) != {"url", "valueCode"}:
            self.tell(name, f"has no value and no reason among {', '.join(ABSENCES)}")
            return None
        return ABSENCES[code]

    def code(self, question: Mapping[str, Json], value: Json) -> Json:
        listed, name = options(question, self.areas), question["id"]
        code = value.get("code") if isinstance(value, Mapping) else None
        if not isinstance(code, str) or value.get("system") != ANSWERS or code not in listed:
            self.tell(name, f"{_short(code)} is not among the answers offered")
        elif set(value) - {"system", "code", "display"}:
            self.tell(name, "valueCoding holds more than system, code and display")
        elif value.get("display", listed[code][1]) != listed[code][1]:
            self.tell(name, f"{code} is shown in other words than the questionnaire's")
        else:
            return listed[code][0] if code in {NONE, NOT_KNOWN} else ("code", listed[code][0])
        return None


def _is_absence(value: Json) -> bool:
    return isinstance(value, Mapping) and "extension" in value


def _short(name: Json) -> str:
    """A name from outside as it may stand in a message: one short word, never a story."""
    return (
        name
        if isinstance(name, str) and 0 < len(name) <= 60 and name.isprintable()
        else "an item without a name"
    )
