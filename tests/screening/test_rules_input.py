"""Bad input: a message at the field, nothing stored; for programs one line on standard error and exit 2."""

import json
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from safety.db import db
from safety.screening import commands
from safety.screening.models import Answer
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.screening import people
from tests.screening.stories import filler, request, toxin


def day(number: str, month: str, year: str) -> dict[str, str]:
    return {"value-day": number, "value-month": month, "value-year": year}


SLIPPED = [
    ("G09", {"value": "2,5"}, "whole number in digits"),
    ("G09", {"value": "2.5"}, "whole number in digits"),
    ("G09", {"value": "-1"}, "whole number in digits"),
    ("G09", {"value": "1e3"}, "whole number in digits"),
    ("G09", {"value": "٣"}, "whole number in digits"),
    ("G09", {"value": "50000"}, "whole number up to 9999"),
    ("G09", {"value": "9" * 400}, "whole number up to 9999"),
    ("G16.on", day("31", "2", "2026"), "There is no such day"),
    ("G16.on", day("0", "1", "2026"), "There is no such day"),
    ("G16.on", day("1", "13", "2026"), "There is no such day"),
    ("G16.on", day("1", "1", "26"), "four digits"),
    ("G16.on", day("1", "1", "0199"), "Check the year"),
    ("G16.on", day("1", "1", "9999"), "Check the year"),
    ("G16.on", day("one", "1", "2026"), "as numbers"),
    ("G16.on", day("-1", "1", "2026"), "as numbers"),
    ("G06", {"value": "perhaps"}, "Not a valid choice"),
    ("G40", {"value": ["gin"]}, "not a valid choice"),
    ("G40", {"value": ["none", "warfarin"]}, "stand alone"),
]


@pytest.mark.once
@pytest.mark.parametrize(("question", "fields", "message"), SLIPPED)
def test_it_works(
    app: Flask, cast: Cast, nora: Visitor, question: str, fields: dict[str, Any], message: str
) -> None:
    screening_id = people.start(app, cast)
    if question == "G16.on":
        people.answer(app, cast, screening_id, {"G16": "yes"})
    url = f"/screenings/{screening_id}/q/{question}"
    page = nora.post(url, fields, status=422)
    assert any(message.lower() in error.lower() for error in page.errors), page.errors
    with looking(app):
        stored = db.session.scalars(sa.select(Answer.question)).all()
    assert question not in stored


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"on": "2026-02-30"}, "on: must be a date that exists"),
        ({"patient": {"born_on": "2026-03-11"}}, "patient.born_on: lies after the day"),
        ({"patient": {"born_on": "1905-03-09"}}, "patient.born_on: lies more than 120 years back"),
        ({"patient": {"born_on": "12/03/1991"}}, "patient.born_on: must be a date that exists"),
        ({"plan": [toxin(units=-1)]}, "plan.0.units: must be a whole number of units, 0 to"),
        ({"plan": [toxin(units=2.5)]}, "plan.0.units: must be a whole number"),
        ({"plan": [toxin(units="2,5")]}, "plan.0.units: must be a whole number"),
        ({"plan": [toxin(units=10**9)]}, "plan.0.units: must be a whole number"),
        ({"plan": [toxin(brand="")]}, "plan.0.brand: must be the name on the box"),
        ({"plan": [toxin(brand=7)]}, "plan.0.brand: must be the name on the box"),
        ({"plan": [toxin(product_class="botox")]}, "must be one of toxin, ha_filler, biostimulator"),
        ({"plan": [filler("elbow")]}, "there is no area 'elbow': use one of lips, "),
        ({"answers": {"G09": "2,5"}}, "answers.G09: must be a whole number, 0 to 99999"),
        ({"answers": {"G09": -5}}, "answers.G09: must be a whole number"),
        ({"answers": {"G09": 10**12}}, "answers.G09: must be a whole number"),
        ({"answers": {"T01": "0199-01-01"}}, "answers.T01.on: lies more than 120 years away: check the year"),
        ({"answers": {"T01": "2026-02-29"}}, "answers.T01: must be a date that exists"),
        ({"parameters": {"screen.dental_days": 900}}, "must be between 0 and 90 days"),
        ({"parameters": {"screen.dentist": 9}}, "screen.dentist is not a parameter"),
        ({"jurisdiction": "Mars"}, "jurisdiction must be one of UK-England"),
    ],
)
def test_a_program_gets_one_line_and_exit_2(changed: dict[str, Any], words: str) -> None:
    sent = json.dumps({**request(toxin()), **changed})
    done = CliRunner().invoke(commands.screening, ["assess", "-"], input=sent)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("born_on", "refused"), [("1905-03-10", False), ("1905-03-09", True)])
def test_121_years_is_too_old_and_120_is_not(born_on: str, refused: bool) -> None:
    """On 10 March 2026: born on 10 March 1905 one turns 121 that very day."""
    sent = json.dumps({**request(toxin(), on="2026-03-09"), "patient": {"born_on": born_on}})
    done = CliRunner().invoke(commands.screening, ["assess", "-"], input=sent)
    assert (done.exit_code == 2) is refused


def test_a_brand_nobody_knows_is_refused_with_what_to_do() -> None:
    done = CliRunner().invoke(
        commands.screening, ["assess", "-"], input=json.dumps(request(toxin(brand="Botulax")))
    )
    told = json.loads(done.stdout)
    assert told["outcome"] == "contra"
    (found,) = [one for one in told["findings"] if one["question"] == "T07"]
    assert found["reason"] == "Unlicensed or counterfeit toxin: do not use, report it."
    assert found["override"] == "none"
