"""Every story comes out as it says, and together they meet every rule of the protocol."""

from functools import cache
from pathlib import Path

import pytest

from safety.screening.rules import Assessment, BadRequest, assess, read_request
from safety.screening.stories import play, well_answers
from tests.screening.stories import all_stories, protocol, story


@pytest.mark.parametrize("path", all_stories(), ids=lambda path: path.stem)
def test_it_works(path: Path) -> None:
    assert list(play(protocol(), story(path))) == []


def test_a_story_that_does_not_hold_is_told() -> None:
    told = {
        "request": {**story(all_stories()[0])["request"]},
        "well": True,
        "expect": {
            "outcome": "contra",
            "earliest_on": "2026-04-01",
            "findings": [{"rule": "G10.pregnant"}],
            "unanswered": ["G11"],
            "flags": ["anticoagulant"],
            "found": ["G10.pregnant"],
            "flagged": ["anticoagulant"],
            "asked": ["G42.on"],
            "not_asked": ["G11"],
            "cured": True,
        },
    }
    places = {where for where, _ in play(protocol(), told)}
    assert places == {
        ("expect", "outcome"),
        ("expect", "earliest_on"),
        ("expect", "findings", 0),
        ("expect", "unanswered"),
        ("expect", "flags"),
        ("expect", "found"),
        ("expect", "flagged"),
        ("expect", "asked"),
        ("expect", "not_asked"),
        ("expect", "cured"),
    }


def test_a_story_that_expects_a_refusal_and_gets_none_is_told() -> None:
    told = {"request": story(all_stories()[0])["request"], "expect": {"refused": "no such question"}}
    assert [where for where, _ in play(protocol(), told)] == [("expect", "refused")]


def test_every_rule_is_met_by_a_story() -> None:
    rules = {rule["id"] for question in protocol().body["questions"] for rule in question.get("rules", [])}
    met = {finding.rule for one in _assessments() for finding in one.findings}
    assert rules - met == set()


def test_every_flag_is_raised_by_a_story() -> None:
    codes = {flag["code"] for flag in protocol().body["emergency_flags"]}
    raised = {flag.code for one in _assessments() for flag in one.emergency_flags}
    assert codes - raised == set()


def test_every_outcome_is_reached_by_a_story() -> None:
    reached = {one.outcome for one in _assessments()}
    assert reached == {"contra", "defer", "incomplete", "prescriber", "caution", "clear"}


@cache
def _assessments() -> list[Assessment]:
    return [one for one in map(_assessed, all_stories()) if one is not None]


def _assessed(path: Path) -> Assessment | None:
    told = story(path)
    answers = dict(told["request"]["answers"])
    if told.get("well"):
        answers = well_answers(protocol().body, told["request"], answers)
    try:
        return assess(protocol().body, read_request(protocol().body, {**told["request"], "answers": answers}))
    except BadRequest:
        return None
