"""Stories as FHIR, the standard's shape, and a form filler that knows nothing of our rules."""

import json
import operator
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from safety.fhir.rules import questionnaire
from safety.fhir.writing import response
from safety.screening.stories import well_answers
from tests.screening.stories import all_stories, filler, protocol, request, story, toxin

Json = Any
COMPARE: dict[str, Callable[[Json, Json], bool]] = {
    "=": operator.eq, ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip
R4B = Draft202012Validator(json.loads((Path(__file__).parent / "r4b.json").read_text("utf-8")))


def against_r4b(resource: Json) -> list[str]:
    """What the standard does not allow."""
    return [f"{'.'.join(map(str, error.path))}: {error.message[:200]}" for error in R4B.iter_errors(resource)]


@cache
def asked() -> dict[str, Json]:
    """The Questionnaire of the newest file, with its defaults."""
    return questionnaire(protocol().body, protocol().file_sha256, {})


def written(asked_for: Json) -> dict[str, Json]:
    """The response of a request, as it would come back from a file."""
    made: dict[str, Json] = json.loads(
        json.dumps(response(protocol().body, protocol().file_sha256, asked_for))
    )
    return made


def a_response(**answers: Json) -> dict[str, Json]:
    """Toxin and lip filler for a patient with nothing to report but these answers, complete."""
    history = [{"product_class": "toxin", "on": "2025-09-01", "brand": "Botox", "areas": ["glabella"]}]
    plain = request(toxin(), filler(), history=history)
    return written({**plain, "answers": well_answers(protocol().body, plain, answers)})


def requests() -> Iterator[tuple[str, dict[str, Json]]]:
    """Every story's name and request, its well answers filled in."""
    for path in all_stories():
        told = story(path)
        answers = dict(told["request"].get("answers", {}))
        if told.get("well"):
            answers = well_answers(protocol().body, told["request"], answers)
        yield path.stem, {**told["request"], "answers": answers}


def walk(node: Json, above: tuple[Json, ...] = ()) -> Iterator[tuple[Json, tuple[Json, ...]]]:
    """Each item below with those it stands in."""
    for item in node.get("item", []):
        yield item, above
        yield from walk(item, (*above, item))


def find(node: Json, link_id: str) -> dict[str, Json]:
    """The item of this linkId."""
    return next(item for item, _ in walk(node) if item["linkId"] == link_id)


def extensions(node: Json, name: str) -> list[dict[str, Json]]:
    """Its extensions of this name of ours."""
    return [one for one in node.get("extension", []) if one["url"] == f"urn:reflow:fhir:{name}"]


def answers_in(answered: Json) -> dict[str, list[Json]]:
    """linkId → the values given, codes as text; an answer without a value gives none."""
    found: dict[str, list[Json]] = {}
    for item, _ in walk(answered):
        if "answer" in item:
            found[item["linkId"]] = values(item["answer"])
    return found


def values(given: list[Json]) -> list[Json]:
    """The values among some answers."""
    plain = [one.get("valueCoding", {}).get("code", next(iter(one.values()))) for one in given]
    return [value for value in plain if not isinstance(value, dict)]


def enabled(questions: Json, given: dict[str, list[Json]]) -> set[str]:
    """linkIds a form filler would show, by enableWhen as R4B describes it and nothing else."""
    return {
        item["linkId"] for item, above in walk(questions) if all(_met(each, given) for each in (*above, item))
    }


def _met(item: Json, given: dict[str, list[Json]]) -> bool:
    met: list[bool] = [_one(each, given.get(each["question"], [])) for each in item.get("enableWhen", [])]
    by_any = item.get("enableBehavior") == "any"
    return (any(met) if by_any else all(met)) if met else True


def _one(when: Json, values: list[Json]) -> bool:
    if when["operator"] == "exists":
        wanted_there: bool = when["answerBoolean"]
        return bool(values) is wanted_there
    wanted = when.get("answerInteger", when.get("answerCoding", {}).get("code"))
    return any(COMPARE[when["operator"]](value, wanted) for value in values)
