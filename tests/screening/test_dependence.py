"""Which answers a changed plan asks anew: no unaffected one is lost, no affected one survives (S6)."""

import random
from typing import Any

import pytest

from safety.protocols.areas import areas
from safety.protocols.load import ROOT, load
from safety.screening import dependence
from safety.screening.intake import Planned

BODIES = [load(path).body for path in sorted(ROOT.glob("screening/v*/protocol.yaml"))]
BODY = BODIES[-1]
LIPS = Planned("ha_filler", ("lips",), "juvederm")
FROWN = Planned("toxin", ("glabella",), "Botox", 20)


def asked_anew(*plans: tuple[Planned, ...], body: Any = BODY) -> frozenset[str]:
    then, now = plans
    return dependence.reopened(body, then, now)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: f"v{body['version']}")
def test_what_the_specification_names_is_asked_anew(body: Any) -> None:
    """5.8: brand G18 and G19, area F02, F05 and F11."""
    azzalure = Planned("toxin", ("glabella",), "Azzalure", 20)
    assert "G18" in asked_anew((FROWN,), (azzalure,), body=body)
    chin = Planned("ha_filler", ("chin",), "juvederm")
    assert {"F02", "F02.areas", "F05", "F11"} <= asked_anew((LIPS,), (chin,), body=body)


def test_brand_asks_about_albumin_again() -> None:
    assert "G19" in asked_anew((FROWN,), (Planned("toxin", ("glabella",), "Xeomin", 20),))
    assert "G15" in asked_anew((LIPS,), (Planned("ha_filler", ("chin",), "juvederm"),)), "at the site"
    assert "G19" not in asked_anew((LIPS,), (Planned("ha_filler", ("chin",), "juvederm"),))


def test_nothing_changed_nothing_is_asked() -> None:
    assert asked_anew((LIPS, FROWN), (FROWN, LIPS)) == frozenset()
    more = Planned("toxin", ("glabella",), "Botox", 25)
    assert asked_anew((FROWN,), (more,)) == frozenset(), "an amount alone asks nothing anew"


def test_what_hangs_on_nothing_stays() -> None:
    assert not {"G10", "G11", "G07", "G32"} & asked_anew((LIPS,), (FROWN,))


def test_another_filler_leaves_the_questions_on_toxin() -> None:
    both = (LIPS, FROWN)
    chin = Planned("ha_filler", ("chin",), "juvederm")
    anew = asked_anew(both, (chin, FROWN))
    assert not {name for name in anew if name.startswith("T")}


# An independent reading: does the question, as text, name a part of the plan at all?
WORDS = {
    dependence.PRODUCT_CLASS: ("'classes'", "'materials'"),
    dependence.BRAND: ("'brands'", "'not_brands'", "'materials'", "brand_licensed"),
    dependence.AREA: ("'areas'", "'not_areas'", "'tiers'", "'areas_from'", "'per_area'", "_here'"),
}


def _names(question: Any, part: str) -> bool:
    named = str(question) + str(question.get("type") == "areas" and "'areas'")
    by_name = BODY["validity"].get("reopens", {}).get(part, ())
    return any(word in named for word in WORDS[part]) or question["id"] in by_name


def _plan(chance: random.Random) -> tuple[Planned, ...]:
    kinds = chance.sample(["toxin", "ha_filler", "biostimulator"], chance.randrange(1, 4))
    brands = {
        "toxin": ["Botox", "Azzalure", "Xeomin"],
        "ha_filler": ["a", "b"],
        "biostimulator": ["Radiesse", "c"],
    }
    found = []
    for kind in kinds:
        fit = [one.id for one in areas().areas.values() if kind in one.product_classes]
        named = tuple(chance.sample(fit, chance.randrange(1, 3)))
        found.append(Planned(kind, named, chance.choice(brands[kind]), 20 if kind == "toxin" else None))
    return tuple(found)


def _differs(then: tuple[Planned, ...], now: tuple[Planned, ...], part: str) -> bool:
    def of(plan: tuple[Planned, ...]) -> set[Any]:
        if part == dependence.AREA:
            return {(one.product_class, area) for one in plan for area in one.areas}
        return {(one.product_class, one.brand if part == dependence.BRAND else None) for one in plan}

    return of(then) != of(now)


def _classes_of(question: Any) -> set[str]:
    """The product classes a question, its parts or its rules are for; none named: all."""
    named = str(question.get("applies", {}).get("classes") or question)
    mine = {kind for kind in ("toxin", "ha_filler", "biostimulator") if f"'{kind}'" in named}
    return mine or {"toxin", "ha_filler", "biostimulator"}


def test_no_unaffected_answer_is_lost_and_no_affected_one_survives() -> None:
    chance = random.Random(58)
    for _ in range(400):
        then, now = _plan(chance), _plan(chance)
        anew = dependence.reopened(BODY, then, now)
        changed = [part for part in WORDS if _differs(then, now, part)]
        for question in BODY["questions"]:
            if question["id"] in anew:
                assert any(_names(question, part) for part in changed), f"{question['id']} is lost"
        assert {name.partition(".")[0] for name in anew} <= anew, "a part is asked with its whole"


def test_whatever_names_a_part_is_asked_anew_when_all_of_it_is_another() -> None:
    """From nothing of a kind to that kind, no question that names a part of the plan survives."""
    for kind, brand, area in (
        ("toxin", "Azzalure", "glabella"), ("ha_filler", "a", "lips"), ("biostimulator", "Radiesse", "cheek"),
    ):  # fmt: skip
        anew = dependence.reopened(BODY, (), (Planned(kind, (area,), brand),))
        for question in BODY["questions"]:
            named = any(_names(question, part) for part in WORDS)
            if named and kind in _classes_of(question):
                assert question["id"] in anew, f"{question['id']} survives {kind}"
