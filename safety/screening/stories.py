"""Clinical stories: a request and what must come of it. Played by tests and by `protocols check`."""

from collections.abc import Iterator, Mapping
from typing import Any

from safety.protocols.load import Protocol
from safety.protocols.questions import flat
from safety.protocols.read import Where
from safety.screening.rules import Assessment, BadRequest, assess, questions_for, resolved

Json = Any
Answers = dict[str, Json]
EXPECTED = {
    "outcome", "earliest_on", "findings", "no_findings", "found", "unanswered", "flags", "flagged", "asked",
    "not_asked", "all_asked", "complete", "refused",
}  # fmt: skip


def play(protocol: Protocol, story: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    """What did not come out as the story says.

    A story has `title`, `request`, and `expect`: `outcome`; `earliest_on`; `findings`, each a part of a
    finding that must be there; `no_findings`, rule ids that must not be; `found`, all rule ids there are;
    `unanswered` ids and `flags` codes that must be there; `complete`: nothing is left to answer;
    `flagged`, all codes there are, with @ and the area where one is named; `asked` and
    `not_asked`, ids of questions; `all_asked`, all there are, in order; or `refused`, a part of the message.
    With `well: true` whatever the story leaves open is answered as by a patient with nothing to report.
    """
    unknown = sorted(set(story["expect"]) - EXPECTED)
    for key in unknown:
        yield ("expect", key), "is not something a story can expect"
    request = {**story["request"], "answers": _answers(protocol, story)}
    try:
        assessment = assess(protocol.body, request)
    except BadRequest as refused:
        if story["expect"].get("refused", "\0") not in str(refused):
            yield ("request",), f"refused: {refused}"
        return
    if "refused" in story["expect"]:
        yield ("expect", "refused"), "the request was not refused"
    yield from _differences(assessment, story["expect"])
    yield from _asked(protocol, request, story["expect"])


def _answers(protocol: Protocol, story: Mapping[str, Json]) -> dict[str, Json]:
    given = dict(story["request"].get("answers", {}))
    return well_answers(protocol.body, story["request"], given) if story.get("well") else given


def well_answers(body: Mapping[str, Json], request: Mapping[str, Json], given: Answers) -> Answers:
    """The answers given, and for all that is still open those of a patient with nothing to report."""
    answers, well = dict(given), None
    while True:
        try:
            missing = assess(body, {**request, "answers": answers}).unanswered
        except BadRequest:
            return answers
        well = well or _well(body, request)
        added = {name: well[name] for name in missing if name in well and name not in answers}
        if not added:
            return answers
        answers |= added


def _well(body: Mapping[str, Json], request: Mapping[str, Json]) -> Answers:
    asked = resolved(body, request.get("parameters", {}))["questions"]
    return {question["id"]: question.get("well", "no") for _, question in flat(asked)}


def _differences(assessment: Assessment, expect: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    got = assessment.as_json()
    for key in ("outcome", "earliest_on"):
        if key in expect and got[key] != expect[key]:
            yield ("expect", key), f"{key} is {got[key]}, not {expect[key]}"
    for index, wanted in enumerate(expect.get("findings", [])):
        if not any(_part_of(wanted, finding) for finding in got["findings"]):
            yield ("expect", "findings", index), f"no such finding: {wanted}; found {_rules(got)}"
    for key, all_there in (("found", _rules(got)), ("flagged", _flagged(got))):
        if key in expect and sorted(expect[key]) != sorted(set(all_there)):
            yield ("expect", key), f"{key} is {sorted(set(all_there))}"
    for rule in set(expect.get("no_findings", [])) & set(_rules(got)):
        yield ("expect", "no_findings"), f"{rule} was found"
    yield from _missing("unanswered", expect, list(got["unanswered"]))
    if expect.get("complete") and got["unanswered"]:
        yield ("expect", "complete"), f"{got['unanswered']} have no answer"
    yield from _missing("flags", expect, _codes(got))


def _asked(protocol: Protocol, request: Json, expect: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    if not {"asked", "not_asked", "all_asked"} & set(expect):
        return
    shown = [question.id for question in questions_for(protocol.body, request)]
    for name in set(expect.get("asked", [])) - set(shown):
        yield ("expect", "asked"), f"{name} is not asked"
    for name in set(expect.get("not_asked", [])) & set(shown):
        yield ("expect", "not_asked"), f"{name} is asked"
    if shown != expect.get("all_asked", shown):
        yield ("expect", "all_asked"), f"asked are {', '.join(shown)}"


def _missing(key: str, expect: Mapping[str, Json], got: list[str]) -> Iterator[tuple[Where, str]]:
    for name in expect.get(key, []):
        if name not in got:
            yield ("expect", key), f"{name} is not among {got}"


def _part_of(wanted: Mapping[str, Json], finding: Mapping[str, Json]) -> bool:
    return all(finding[key] == value for key, value in wanted.items())


def _codes(got: Mapping[str, Json]) -> list[str]:
    return [flag["code"] for flag in got["emergency_flags"]]


def _flagged(got: Mapping[str, Json]) -> list[str]:
    return [
        f"{flag['code']}@{flag['area']}" if flag["area"] else flag["code"] for flag in got["emergency_flags"]
    ]


def _rules(got: Mapping[str, Json]) -> list[str]:
    return [finding["rule"] for finding in got["findings"]]
