"""docs/coverage.md: every line of the clinical matrix is reachable here, and some test shows it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from flask import Flask

from safety.config import CHECKOUT
from safety.protocols import files
from safety.screening.rules import questions_for
from tests.screening.stories import ON, all_stories, biostimulator, filler, protocol, toxin

Json = Any
DOCUMENT = CHECKOUT / "docs" / "coverage.md"
CODE = re.compile(r"`([^`]+)`")
# Section 10 of the clinical specification, line by line.
LINES = (
    "Pregnancy, breastfeeding",
    "Neuromuscular disorders",
    "Infection at site / active infections",
    "Hypersensitivity to components",
    "Active autoimmune flare",
    "Severe allergies",
    "Prior complications",
    "Previous fillers, permanent, recent biostimulator",
    "Prior botox injections / medications / history",
    "Cold sores + lip filler antiviral",
    "Blood thinners one week if doctor agrees; arnica",
    "Alcohol day before; light meal; no heavy makeup",
    "Event/photo/travel two weeks; longer under-eye",
    "Pressure, rushed, deals; unrealistic expectations; product and dose clarity",
    "Not every patient for under-eye; candidate selection",
    "Photographs same light",
    "Vascular occlusion needs immediate recognition and hyaluronidase",
    "Keep hyaluronidase in stock and know how to use",
    "Record lot numbers, brands, storage, dilution",
    "Ultrasound for high-risk zones",
    "Cannula vs needle, aspirate, micro-aliquots",
    "Toxin first, filler after two weeks",
    "Same session toxin first",
    "Review 10-14 d toxin, 2-3 wk filler; touch-ups",
    "Toxin onset 3-7 d, full 2 wk, 3-4 mo (5-6); at least three/yr",
    "Filler immediate, settle 1-2 wk; lips 6-9, cheek/jaw 12-18, under-eye 12-24 mo",
    "Masseter 2-4 wk",
    "Units: forehead+frown 30-50; crow's feet 8-12/side; baby botox lower",
    "Filler syringes cheeks 1-2/side, lips 0.5-1, jaw multiple",
    "Swelling 2-7 d; under-eye/lip 2 wk",
    "Toxin aftercare (exercise, rubbing, upright, facial/sauna 24 h)",
    "Filler aftercare (ice, elevation, no pressure)",
    "Ptosis, brow drop, headache, bruise, asymmetry, lumps, delayed swelling",
    "Provider: trained, supervised, credentials",
    "Deep discount / counterfeit sourcing",
    "Maintenance plan, 6-12 mo filler check-in, quarterly toxin",
    "Not everyone needs both",
    "First-timer plan: focused area, calibrated dose, build",
    "Written aftercare + open message line",
    "Dysport/Xeomin differ in units",
    "Hyperhidrosis, migraine, TMJ uses",
)
QUESTION = re.compile(r"[GTFB]\d\d[a-z]?([.][a-z_]+)?\Z")


@dataclass(frozen=True)
class Row:
    """One line: where it can be reached, which data holds it, what shows it."""

    line: str
    section: str
    pages: tuple[str, ...]
    data: tuple[str, ...]
    shown_by: tuple[str, ...]


@cache
def rows() -> list[Row]:
    """The table's rows: the only ones of five cells."""
    lines = [line for line in DOCUMENT.read_text("utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    found = [row for row in cells if len(row) == 5 and row[0] not in {"Seed", "---"}]
    return [Row(row[0], row[1], *(tuple(CODE.findall(cell)) for cell in row[2:])) for row in found]


def test_every_line_is_there_and_no_other() -> None:
    assert [row.line for row in rows()] == list(LINES)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.line[:40])
def test_each_line_names_pages_data_and_tests(row: Row) -> None:
    assert row.section
    assert row.pages
    assert row.data
    assert row.shown_by


@pytest.mark.once
def test_every_page_exists(empty_app: Flask) -> None:
    routes = {rule.endpoint for rule in empty_app.url_map.iter_rules()}
    assert {page for row in rows() for page in row.pages} - routes == set()


def test_every_test_and_story_exists() -> None:
    told = {f"story {path.stem}" for path in all_stories()}
    missing = [one for row in rows() for one in row.shown_by if one not in told and not _is_test(one)]
    assert missing == []


def _is_test(named: str) -> bool:
    file, _, name = named.partition("::")
    path = CHECKOUT / file
    return path.is_file() and f"def {name}(" in path.read_text("utf-8")


def test_every_question_is_asked_in_some_plan_and_every_figure_is_in_a_protocol() -> None:
    named = {one for row in rows() for one in row.data}
    questions = {one for one in named if QUESTION.match(one) and "." not in one}
    assert questions - asked() == set()
    assert named - questions - set(figures()) == set()


def asked() -> set[str]:
    """What is asked of somebody new with everything planned everywhere."""
    plan = [toxin(areas=["forehead", "lip_flip"]), filler("lips", "nose", "tear_trough"), biostimulator()]
    told = {"T01": "yes", "T01.on": ON}
    request = {
        "on": ON,
        "patient": {"born_on": "1991-03-12", "first_visit": True},
        "plan": plan,
        "answers": told,
    }
    return {question.id for question in questions_for(protocol().body, request)}


@cache
def figures() -> frozenset[str]:
    """Every id in the newest version of every protocol."""
    bodies = [files.newest(name).protocol for name in files.ids()]
    return frozenset(one for read in bodies if read for one in _ids(read.body))


def _ids(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(value[key]) for key in ("id", "key") if key in value)
        for item in value.values():
            yield from _ids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item)
