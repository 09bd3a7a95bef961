"""The sheets for the wall: one page, and every dose on them is the protocol's and the run screen's."""

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from safety import clock
from safety.clinic import actions as clinic
from safety.clinic.actions import Callee
from safety.clinic.models import ContactRole
from safety.db import as_clinic
from safety.emergency import kit, reducer
from safety.paper import drawing, reading, rules
from tests.factories import Cast, arranging
from tests.page import Visitor
from tests.protocols.signing import approve
from tests.stock import shelf

pytestmark = [pytest.mark.needs("pango", "poppler"), pytest.mark.once]
Json = dict[str, Any]
AMOUNT = re.compile(
    r"\d+(?:\.\d+)?(?: to \d+(?:\.\d+)?)? (?:units|micrograms|milligrams|millilitres?|milligram)\b"
)

SAID = (
    "approved by Dr Mara Lindqvist", "Stop injecting.", "0117 496 0123", "lot H0100L",
    "3000 units hyaluronidase. 2 rounds of the largest dose", "Not a substitute for clinical judgement",
)  # fmt: skip


def printed(visitor: Visitor, card: str, sheet: str = "a4") -> tuple[str, Json]:
    """The words of a card as a reader of the PDF finds them, and what its file says of itself."""
    pdf = visitor.fetch(f"/paper/{card}.pdf?sheet={sheet}").data
    text = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    told = subprocess.run(["pdfinfo", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return " ".join(text.split()), dict(
        re.split(r":\s+", line, maxsplit=1) for line in told.splitlines() if ": " in line
    )


def stocked(app: Flask, cast: Cast, lots: int = 1) -> None:
    for number in range(lots):
        shelf.put(app, cast, containers=2, code=f"H01{number:02d}L", days=200 + number)


def called(app: Flask, cast: Cast, count: int) -> None:
    with arranging(app, cast["ada"].actor) as ada:
        for role in list(ContactRole)[:count]:
            clinic.add_contact(ada, cast.clinic_id, Callee(role, f"Service of {role.value}", "0117 496 0123"))


def test_it_works(app: Flask, cast: Cast, nora: Visitor) -> None:
    stocked(app, cast)
    called(app, cast, 3)
    approve(app, cast, "vascular_occlusion")
    text, told = printed(nora, "vo")
    assert told["Pages"] == "1"
    assert "A4" in told["Page size"]
    assert "1 area Inject 500 units" in text
    assert "Hyalase: Draw 0.33 millilitres from 1 ampoule mixed in 1 millilitre." in text
    for said in SAID:
        assert said in text, said
    assert "Not approved here" not in text


@pytest.mark.parametrize("card", rules.CARDS)
@pytest.mark.parametrize("sheet", drawing.SHEETS)
def test_every_card_is_one_sheet_even_in_the_fullest_clinic(
    app: Flask, cast: Cast, nora: Visitor, card: str, sheet: str
) -> None:
    stocked(app, cast, lots=8)
    called(app, cast, len(ContactRole))
    text, told = printed(nora, card, sheet)
    assert told["Pages"] == "1"
    assert sheet == told["Page size"].split("(")[1].rstrip(")").lower()
    assert "Not approved here." in text
    assert "Service of other" in text


def test_there_is_no_other_sheet_and_no_other_card(nora: Visitor) -> None:
    nora.get("/paper/vo.pdf?sheet=a0", status=404)
    nora.get("/paper/everything.pdf", status=404)


# --- one place for every dose: what the run screen shows and says, and what is printed ---------------------


def amounts(text: str) -> set[str]:
    return set(AMOUNT.findall(text))


def texts(node: Any) -> Iterator[str]:
    """Every sentence below a piece of the protocol."""
    if isinstance(node, str):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from texts(child)


def shown(protocol: Json, stock: list[Json]) -> set[str]:
    """Doses and volumes of the run screen for every number of areas: step, dose row, answers."""
    found: set[str] = set()
    for count in range(1, protocol["dosing"]["max_areas"] + 1):
        state = rules.started(protocol, stock)
        counted = {"id": "counted", "type": "areas_counted", "at_ms": 2, "data": {"count": count}}
        dose = reducer.prompts(protocol, reducer.apply(protocol, state, counted), 2)["dose"]
        found |= {dose["text"], *(row["text"] for row in dose["volumes"])}
    return found


def test_every_dose_the_run_screen_shows_is_on_the_card(app: Flask, cast: Cast, nora: Visitor) -> None:
    stocked(app, cast)
    text, _ = printed(nora, "vo")
    with app.app_context(), as_clinic(cast.clinic_id):
        protocol, held = kit.in_force_body(), reading.stock("vo", clock.now().date())
    asked = shown(protocol, held)
    assert len(asked) >= 6
    for line in asked:
        assert line in text, line
    collapse, _ = printed(nora, "anaphylaxis")
    for row in protocol["branches"]["anaphylaxis"]["adrenaline"]["doses"]:
        assert row["label"] in collapse


def test_every_dose_the_reader_speaks_is_on_the_card(app: Flask, cast: Cast, nora: Visitor) -> None:
    stocked(app, cast)
    text, _ = printed(nora, "vo")
    with app.app_context(), as_clinic(cast.clinic_id):
        protocol, held = kit.in_force_body(), reading.stock("vo", clock.now().date())
    spoken: set[str] = set()
    for count in range(1, protocol["dosing"]["max_areas"] + 1):
        counted = {"id": "counted", "type": "areas_counted", "at_ms": 2, "data": {"count": count}}
        state = reducer.apply(protocol, rules.started(protocol, held), counted)
        for seen in ("V01", "V02", "V03", "V04", "V04.stage", "V05", "V06", "V07", "V08"):
            told = {"id": seen, "type": "step_done", "at_ms": 3, "data": {"step": seen}}
            state = reducer.apply(protocol, state, told)
            for minutes in (1, 6, 11):  # before the dose is due, when it is, and when it is late
                spoken |= amounts(reducer.prompts(protocol, state, minutes * 60_000)["say"])
    assert {"500 units", "1000 units", "1500 units"} <= spoken
    assert spoken <= amounts(text)


@pytest.mark.parametrize("card", rules.CARDS)
def test_no_amount_on_a_card_is_its_own(app: Flask, cast: Cast, nora: Visitor, card: str) -> None:
    stocked(app, cast)
    text, _ = printed(nora, card)
    with app.app_context(), as_clinic(cast.clinic_id):
        protocol = kit.in_force_body()
    known = amounts(" ".join(texts(protocol)))
    known |= {line for row in rules.doses(protocol, None) for line in amounts(row["text"])}
    on_hand = {"3000 units", "1500 units"}
    assert amounts(text)
    assert amounts(text) - known - on_hand == set()
