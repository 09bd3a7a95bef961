"""Stories through the real pages: what they store and show is what `screening assess` says."""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask

from safety.db import db
from safety.protocols.questions import flat
from safety.screening import asking, rules
from safety.screening.models import Screening
from safety.screening.verdict import verdict
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.screening import people, playing
from tests.screening.stories import all_stories, protocol, story
from tests.screening.test_rules_walks import random_answer

Json = Any
EVERY = 1 if os.environ.get("STORIES") == "all" else 9  # all of them: make stories
CHUNKS = 3
GATES = {"F09", "F10"}  # asked by the treatment, just before the needle


def all_playable() -> list[Path]:
    """Those whose request a page can be in: readable, and of a patient with a date of birth."""
    return [path for path in all_stories() if _playable(story(path))]


def playable() -> list[Path]:
    """Those played here: a part of them, or all where somebody asked for that."""
    return all_playable()[::EVERY]


def _playable(told: dict[str, Json]) -> bool:
    return "refused" not in told["expect"] and bool(told["request"].get("patient", {}).get("born_on"))


@pytest.mark.once
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_it_works(app: Flask, cast: Cast, nora: Visitor, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    """What the story names is typed in, page by page; the rest is answered as by a well patient."""
    wrong: list[str] = []
    for path in playable()[chunk::CHUNKS]:
        told = story(path)
        played = playing.play(app, cast, playing.ByHttp(nora), monkeypatch, told)
        if played != rules.assess(people.body(), playing.request_of(told)).as_json():
            wrong.append(f"{path.stem}: the pages say {played['outcome']}")
        if not GATES & set(told["request"]["answers"]) and told["request"].get("gates") != "later":
            wrong += [f"{path.stem}: {reason}" for reason in _as_told(told, played)]
    assert wrong == []


def _as_told(told: dict[str, Json], played: dict[str, Json]) -> list[str]:
    """What the story expects of outcome, first day and findings, against what was stored."""
    expect = told["expect"]
    found = sorted({finding["rule"] for finding in played["findings"]})
    said = [played[key] for key in ("outcome", "earliest_on")]
    if told.get("well"):
        wanted = [expect.get("outcome", said[0]), expect.get("earliest_on", said[1])]
        return [] if (said, found) == (wanted, sorted(expect["found"])) else [f"{said} {found}"]
    return [] if found == sorted(expect["found"]) else [f"{found}"]


@pytest.mark.once
def test_the_stories_played_here_are_worth_it() -> None:
    outcomes = {story(path)["expect"]["outcome"] for path in playable()}
    assert outcomes == set(rules.OUTCOMES)


LISTED = {question["id"]: question for _, question in flat(protocol().body["questions"])}


@pytest.mark.once
@pytest.mark.parametrize("seed", range(2))
def test_a_hidden_answer_is_neither_stored_nor_printed(
    app: Flask, cast: Cast, nora: Visitor, seed: int
) -> None:
    """A random walk that also posts what is not asked, and changes its mind on the way (S2)."""
    chance, screening_id = Random(seed), people.start(app, cast, _plan(seed))
    for name in [*LISTED, *chance.sample(list(LISTED), 10)]:
        shown = _asked(app, cast, screening_id)
        status = _post(nora, screening_id, name, chance)
        assert (status != 404) is (name in shown), name
    shown = _asked(app, cast, screening_id)
    with looking(app, cast.clinic_id):
        assert set(asking.values(screening_id)) <= shown
    pages = [nora.get(f"/screenings/{screening_id}/check")]
    nora.post(f"/screenings/{screening_id}/check", {})
    pages.append(nora.get(f"/screenings/{screening_id}/verdict"))
    hidden = {LISTED[name]["wording"] for name in set(LISTED) - shown}
    hidden -= {LISTED[name]["wording"] for name in shown}
    assert not [wording for page in pages for wording in hidden if wording in page.text]
    with looking(app, cast.clinic_id):
        kept = verdict(screening_id, people.today()).assessment
        assert kept is not None
        assert set(kept.request["answers"]) <= shown
        assert set(kept.result["unanswered"]) <= shown


def _plan(seed: int) -> list[Json]:
    return [*people.LIPS, *people.FOREHEAD] if seed else people.LIPS


def _asked(app: Flask, cast: Cast, screening_id: str) -> set[str]:
    with looking(app, cast.clinic_id):
        screening = db.session.get_one(Screening, screening_id)
        return {one.id for one in asking.questions(screening, asking.values(screening_id))}


def _post(nora: Visitor, screening_id: str, name: str, chance: Random) -> int:
    """Some answer to this question, as a browser would send it; the status of what came back."""
    value, fields = random_answer(LISTED[name], chance), dict[str, Json]()
    if LISTED[name]["type"] == "date":
        fields = dict(zip(("value-year", "value-month", "value-day"), str(value).split("-"), strict=False))
    else:
        fields = {"value": value if value != [] else ["none"]}
    sent = {"csrf_token": nora.csrf(), **fields}
    return nora.client.post(f"/screenings/{screening_id}/q/{name}/save", data=sent).status_code
