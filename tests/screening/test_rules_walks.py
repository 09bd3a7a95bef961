"""Random answer walks: what must hold whatever a patient says."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safety.protocols.questions import flat
from safety.screening.rules import OUTCOMES, Assessment, assess, questions_for, read_request
from tests.screening.stories import ON, biostimulator, filler, protocol, request, toxin

BODY = protocol().body
QUESTIONS = {question["id"]: question for _, question in flat(BODY["questions"])}
TODAY = date.fromisoformat(ON)
BLOCKED = {"contra", "defer", "incomplete"}
PLANNED = [
    toxin(),
    toxin(brand="Azzalure", areas=["forehead", "lip_flip"]),
    filler(),
    filler("nose", "tear_trough"),
    biostimulator(),
    biostimulator("lips"),
]
PLANS = st.lists(st.sampled_from(PLANNED), min_size=1, max_size=3, unique_by=str)
SLOWLY = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def answer(question: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Something a person may answer, not known included."""
    kind = question["type"]
    days = st.integers(-40, 800).map(lambda ago: (TODAY - timedelta(days=ago)).isoformat())
    values = [str(choice["value"]) for choice in question.get("choices", [])]
    said: dict[str, st.SearchStrategy[Any]] = {
        "date": days,
        "number": st.integers(0, 500),
        "text": st.just("words"),
        "areas": st.sampled_from([["lips"], ["nose"], []]),
        "select": st.sampled_from(values or ["-"]),
        "multi": st.lists(st.sampled_from(values or ["-"]), unique=True, max_size=3),
    }
    given_answer = said.get(kind, st.sampled_from(["yes", "no"]))
    return given_answer if kind == "text" else st.one_of(given_answer, given_answer, st.just("unknown"))


ANSWERS = st.fixed_dictionaries({}, optional={name: answer(question) for name, question in QUESTIONS.items()})


def result(plan: list[dict[str, Any]], answers: dict[str, Any]) -> Assessment:
    return assess(BODY, request(*plan, answers=answers))


@SLOWLY
@given(PLANS, ANSWERS)
def test_it_works(plan: list[dict[str, Any]], answers: dict[str, Any]) -> None:
    """The outcome is the worst finding; with anything unanswered it blocks, and is never better."""
    assessed = result(plan, answers)
    found = [finding.outcome for finding in assessed.findings]
    open_or_clear = "incomplete" if assessed.unanswered else "clear"
    assert assessed.outcome == min([*found, open_or_clear], key=OUTCOMES.index)
    assert not assessed.unanswered or assessed.outcome in BLOCKED


@SLOWLY
@given(PLANS, ANSWERS)
def test_no_hidden_question_blocks_and_no_hidden_answer_counts(
    plan: list[dict[str, Any]], answers: dict[str, Any]
) -> None:
    shown = {question.id for question in questions_for(BODY, request(*plan, answers=answers))}
    assessed = result(plan, answers)
    assert {name for name in assessed.unanswered if name in QUESTIONS} <= shown
    without_hidden = {name: value for name, value in answers.items() if name in shown}
    assert result(plan, without_hidden) == assessed


@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_walks_and_no_hidden_question_blocks(seed: int) -> None:
    """The same promise, over many more patients than a search with shrinking has time for."""
    chance = Random(seed)
    for walk in range(1000):
        answers = {name: random_answer(question, chance) for name, question in QUESTIONS.items()}
        said = {name: value for name, value in answers.items() if chance.random() < 0.9}
        plan = chance.sample(PLANNED, chance.randint(1, 2))
        read = read_request(BODY, request(*plan, answers=said))
        shown = {question.id for question in questions_for(BODY, read)}
        assessed = assess(BODY, read)
        assert {name for name in assessed.unanswered if name in QUESTIONS} <= shown
        assert not assessed.unanswered or assessed.outcome in BLOCKED
        if walk % 10 == 0:
            assert result(plan, {name: said[name] for name in said if name in shown}) == assessed


def random_answer(question: dict[str, Any], chance: Random) -> Any:
    """Mostly nothing to report, so that walks get far."""
    values = [str(choice["value"]) for choice in question.get("choices", [])]
    kind = question["type"]
    if kind == "text" or chance.random() < 0.02:
        return "unknown"
    if kind == "date":
        return (TODAY - timedelta(days=chance.randint(-40, 800))).isoformat()
    if kind in {"multi", "areas"}:
        return chance.sample(values, 1) if values and chance.random() < 0.2 else []
    if kind == "number":
        return chance.randint(0, 500)
    return chance.choice(values) if kind == "select" else chance.choice(["yes", "no"])


@SLOWLY
@given(PLANS, ANSWERS)
def test_what_is_asked_and_required_is_what_blocks(
    plan: list[dict[str, Any]], answers: dict[str, Any]
) -> None:
    asked = questions_for(BODY, request(*plan, answers=answers))
    needed = {question.id for question in asked if question.required and question.open}
    assert {name for name in result(plan, answers).unanswered if not name.startswith("plan.")} == needed


@SLOWLY
@given(PLANS, ANSWERS, st.data())
def test_not_knowing_or_not_saying_never_frees(
    plan: list[dict[str, Any]], answers: dict[str, Any], data: st.DataObject
) -> None:
    """Turn some answers into not known, or drop them: what was blocked stays so, and nothing gets milder."""
    before = result(plan, answers)
    forgotten = data.draw(st.lists(st.sampled_from(sorted(answers)), max_size=4)) if answers else []
    for made in (dict.fromkeys(forgotten, "unknown"), dict.fromkeys(forgotten)):
        after = result(plan, {**answers, **{name: made[name] for name in forgotten if asks(name)}})
        if before.outcome in BLOCKED:
            assert after.outcome in BLOCKED
        else:
            assert OUTCOMES.index(after.outcome) <= OUTCOMES.index(before.outcome)


def asks(name: str) -> bool:
    """A word written down is not an answer to clear with; every other question is."""
    return QUESTIONS[name]["type"] not in {"text", "areas"}


@SLOWLY
@given(PLANS, ANSWERS)
def test_a_walk_through_the_questions_ends(plan: list[dict[str, Any]], answers: dict[str, Any]) -> None:
    """Answering whatever is asked, in order, comes to an end with nothing open."""
    given_answers: dict[str, Any] = {}
    for _ in range(len(QUESTIONS) + 1):
        asked = questions_for(BODY, request(*plan, answers=given_answers))
        following = next((question.id for question in asked if question.open and question.required), None)
        if following is None:
            break
        given_answers[following] = definite(following, answers.get(following))
    assert result(plan, given_answers).unanswered == ()


def definite(name: str, said: Any) -> Any:
    question = QUESTIONS[name]
    if said not in (None, "unknown"):
        return said
    some: dict[str, Any] = {"date": ON, "number": 0, "multi": []}
    if question["type"] == "select":
        return str(question["choices"][0]["value"])
    return some.get(question["type"], "yes")


@SLOWLY
@given(PLANS, ANSWERS)
def test_an_earliest_day_lies_ahead_and_frees_that_rule(
    plan: list[dict[str, Any]], answers: dict[str, Any]
) -> None:
    for finding in result(plan, answers).findings:
        if finding.earliest_on is not None:
            assert finding.earliest_on > TODAY
            later = assess(BODY, request(*plan, answers=answers, on=finding.earliest_on.isoformat()))
            assert finding.rule not in {other.rule for other in later.findings}
