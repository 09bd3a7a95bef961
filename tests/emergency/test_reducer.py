"""The occlusion protocol's data, and the edges of folding that a story tells badly."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.emergency import corrections, doses, facts, reducer, shapes
from safety.emergency.answers import answers
from safety.emergency.replay import folded
from safety.protocols import rules
from safety.protocols.load import ROOT, Protocol, latest, load
from safety.protocols.read import read
from tests.emergency.stories import START, story
from tests.emergency.twin import occlusion

Json = dict[str, Any]
pytestmark = pytest.mark.once

PRINTED = {  # clinical 2.4, cell by cell: microlitres, containers
    ("hyalase_1500", 500): {1000: (330, 1), 5000: (1670, 1), 10000: (3330, 1)},
    ("hyalase_1500", 1000): {1000: (670, 1), 5000: (3330, 1), 10000: (6670, 1)},
    ("hyalase_1500", 1500): {1000: (1000, 1), 5000: (5000, 1), 10000: (10000, 1)},
    ("hylenex_150", 500): {None: (3330, 4)},
    ("hylenex_150", 1000): {None: (6670, 7)},
    ("hylenex_150", 1500): {None: (10000, 10)},
    ("amphadase_150", 500): {None: (3330, 4)},
    ("amphadase_150", 1000): {None: (6670, 7)},
    ("amphadase_150", 1500): {None: (10000, 10)},
    ("vitrase_200", 500): {None: (2500, 3)},
    ("vitrase_200", 1000): {None: (5000, 5)},
    ("vitrase_200", 1500): {None: (7500, 8)},
}


@pytest.fixture(scope="module")
def file() -> Protocol:
    return load(latest("vascular_occlusion"))


@pytest.fixture(scope="module")
def protocol() -> Json:
    return occlusion()


def begun(protocol: Json, *more: tuple[str, Json], **context: Any) -> Json:
    """A run a minute old for each event told."""
    told = [("emergency_started", {"context": {"product_class": "ha_filler", **context}}), *more]
    events = [
        {
            "id": f"e{n}",
            "device": "d",
            "seq": n,
            "type": kind,
            "at_ms": START + n * facts.MINUTE,
            "data": data,
        }
        for n, (kind, data) in enumerate(told)
    ]
    return dict(folded(protocol, events, [])["state"])


def test_it_works(protocol: Json) -> None:
    state = begun(protocol, ("areas_counted", {"count": 1}), ("dose_given", {"units": 500}))
    shown = reducer.prompts(protocol, state, START + 3 * facts.MINUTE)
    assert (shown["given"], shown["dose"]["due_ms"]) == (
        {"units": 500, "doses": 1},
        START + 62 * facts.MINUTE,
    )


def test_the_golden_table_is_printed_cell_by_cell(file: Protocol) -> None:
    found: dict[tuple[str, int], Json] = {}
    for row in file.body["volumes"]:
        cell = {row.get("dilution_ul"): (row["volume_ul"], row["containers"])}
        found.setdefault((row["product"], row["units"]), {}).update(cell)
    assert found == PRINTED


def test_the_words_of_a_volume_are_its_number(file: Protocol) -> None:
    for row in file.body["volumes"]:
        millilitres = f"{row['volume_ul'] / 1000:.2f}".rstrip("0").rstrip(".")
        assert row["text"].startswith(f"Draw {millilitres} millilitre"), row["id"]


def test_the_default_doses_are_the_rows_of_the_table(file: Protocol) -> None:
    rows = next(mode["rows"] for mode in file.body["dosing"]["modes"] if mode["id"] == "area_pulsed")
    assert [{"areas": row["areas"], "units": row["units"]} for row in rows] == doses.table(occlusion())


def test_superseded_doses_cannot_be_set(file: Protocol) -> None:
    for legacy in (2, 30, 199):
        with pytest.raises(rules.Refused):
            rules.resolve(file.body, {"vo.iu_per_area": legacy})


def test_steps_are_written_to_be_read_aloud(file: Protocol) -> None:
    """At most 12 words, and no abbreviation that is not said aloud."""
    branches = [step for branch in file.body["branches"].values() for step in branch["steps"]]
    for step in [*file.body["steps"], *branches]:
        ways = [way["text"] for way in step.get("by", {}).values()]
        for text in (step["text"], step.get("text_unknown", ""), *ways):
            assert len(text.split()) <= 12, text
            assert not {"IU", "U", "mL", "CRT", "VO", "HA"} & set(text.replace(".", " ").split()), text


def test_every_step_of_the_specification_is_there(file: Protocol) -> None:
    main = {step["id"].split(".")[0] for step in file.body["steps"]}
    assert main == {f"V{n:02}" for n in range(1, 18)} | {"V09N", "B01", "W01", "W02", "W03"}
    named = {
        name: {step["id"].split(".")[0] for step in file.body["branches"][name]["steps"]}
        for name in file.body["branches"]
    }
    assert named["collapse"] == {f"F{n:02}" for n in range(1, 7)}
    assert named["la_toxicity"] == {f"L{n:02}" for n in range(1, 10)}
    assert named["phone"] == {f"P{n:02}" for n in range(1, 8)}
    assert named["vision"] == {f"E{n:02}" for n in range(1, 13)}
    assert named["anaphylaxis"] >= {f"A{n:02}" for n in range(1, 10)}


def test_what_the_specification_locks_is_locked(file: Protocol) -> None:
    branches = [step for branch in file.body["branches"].values() for step in branch["steps"]]
    locked = {step["id"] for step in [*file.body["steps"], *branches] if step.get("locked")}
    asked = {"V01", "V02", "V03", "V04", "V05", "V11", "V12", "E01", "E02", "E03", "E04", "E10", "E12"}
    assert locked >= asked | {f"A{n:02}" for n in range(1, 7)}
    assert all("switch" not in step for step in [*file.body["steps"], *branches] if step.get("locked"))


def test_counting_areas_are_those_of_the_area_file(file: Protocol) -> None:
    areas = read(ROOT / "areas.yaml").data
    assert file.body["counting_areas"]["list"] == areas["counting"]
    names = {row["id"]: row["name"] for row in areas["areas"]}
    for row in file.body["counting_areas"]["other_points"]:
        assert row["name"].casefold() == names.get(row["id"], row["name"]).casefold()


def test_every_figure_of_the_new_paths_is_in_the_specification(file: Protocol) -> None:
    """clinical 2.5 to 2.10, 3 and 4.2, figure by figure: what falls due again, and after how long."""
    loops = {loop["id"]: (loop["minutes"], loop.get("until")) for loop in file.body["loops"]}
    assert loops == {
        "repeat.drops": (15, None),
        "repeat.bag_stop": (10, None),
        "repeat.bag_again": (30, None),
        "repeat.massage": (5, None),
        "repeat.better": (2, None),
        "repeat.observe": (15, None),
        "repeat.bolus": (5, 3),
    }
    limits = file.body["lone"]["minutes"], file.body["branches"]["vision"]["outer_limit"]["minutes"]
    assert (*limits, *file.body["bruise_or_occlusion"]["rule"]["minutes"]) == (10, 90, 15, 30)
    assert {row["name"] for row in file.body["branches"]["collapse"]["differential"]} == {
        "Onset", "Skin", "Pulse", "Breathing", "Other", "Act",
    }  # fmt: skip
    assert len(file.body["adjuncts"]["aspirin"]["blocks"]) == 10


def test_what_no_source_gives_is_marked_so(file: Protocol) -> None:
    """The two intervals the specification does not print: proposed, and ticked one by one by the director."""
    proposed = {figure.id for figure in rules.unverified(file.body)}
    assert {"repeat.massage", "vo.next_contact_min", "escalation.rule", "lone.rule"} <= proposed


def test_an_older_version_knows_nothing_of_the_new_events() -> None:
    """Version 1 as signed: it refuses what it has no words for, and shows nothing new."""
    body = load(ROOT / "vascular_occlusion" / "v1" / "protocol.yaml").body
    protocol = rules.resolve(body, {})
    state = begun(protocol, ("step_done", {"step": "V02", "answer": "alone"}))
    for kind, data in (
        ("collapse_noticed", {}),
        ("la_toxicity_suspected", {}),
        ("presentation_named", {"presentation": "phone"}),
        ("lone_named", {"alone": True}),
    ):
        event = {"id": kind, "at_ms": START, "device": "d", "seq": 9, "type": kind, "data": data}
        with pytest.raises(shapes.Refused, match="not_in_protocol"):
            reducer.apply(protocol, state, event)
    shown = reducer.prompts(protocol, state, START + 3 * facts.MINUTE)
    assert set(state["due"]) & {"loops", "collapse_ms", "la_toxicity_ms", "phone_ms"} == set()
    assert (shown["lone"], shown["calls"], shown["recheck"], shown["branches"]["loops"]) == (
        None,
        {"waiting": None, "next": None},
        None,
        [],
    )


def test_a_condition_is_known_for_every_step(file: Protocol) -> None:
    from safety.emergency.steps import WHEN

    branches = [step for branch in file.body["branches"].values() for step in branch["steps"]]
    assert {step["when"] for step in [*file.body["steps"], *branches] if "when" in step} <= set(WHEN)


def test_every_answer_a_screen_can_offer_can_be_folded(protocol: Json) -> None:
    """Each one-tap answer of each step, at the end of random runs, is an event that the reducer takes."""
    branches = [step for branch in protocol["branches"].values() for step in branch["steps"]]
    tried = set()
    for seed in range(60):
        state = folded(protocol, story(seed)[0], [])["state"]
        for step in [*protocol["steps"], *branches]:
            for offered in answers(protocol, state, START + 9 * facts.MINUTE, step):
                event = {"id": "tap", "at_ms": START, "device": "d", "seq": 1, **offered["event"]}
                shut = event["type"] == "branch_closed" and state["due"]["collapse_ms"] is None
                with pytest.raises(shapes.Refused, match="branch_not_open") if shut else nullcontext():
                    reducer.apply(protocol, state, event)
                tried.add((step["id"], offered["key"]))
    assert {step["id"] for step in [*protocol["steps"], *branches]} - {step for step, _ in tried} == {
        "A10",
        "L09",
    }


def test_a_dose_is_never_refused_for_its_amount(protocol: Json) -> None:
    for units in (1, 30, 499, 777, 9999999):
        state = begun(protocol, ("dose_given", {"units": units}))
        assert (state["totals"]["units"], state["facts"][-1]["flags"]) == (units, ["not_in_protocol"])


def test_a_dose_told_after_the_end_is_kept_and_marked(protocol: Json) -> None:
    state = begun(protocol, ("emergency_ended", {"reason": "transferred"}), ("dose_given", {"units": 500}))
    assert (state["totals"]["units"], state["facts"][-1]["flags"], state["due"]["dose_ms"]) == (
        500,
        ["after_end"],
        None,
    )


def test_a_dose_told_late_by_another_tablet_counts_from_when_it_was_given(protocol: Json) -> None:
    """Events are folded as they reach the server; the timers go by when things happened."""
    late = {
        "id": "late",
        "device": "d2",
        "seq": 1,
        "type": "dose_given",
        "at_ms": START,
        "data": {"units": 500},
    }
    state = begun(protocol, ("note_written", {"text": "x"}), ("dose_given", {"units": 500}))
    after = reducer.apply(protocol, state, late)
    assert after["due"]["dose_ms"] == state["due"]["dose_ms"] == START + 62 * facts.MINUTE
    assert after["totals"]["units"] == 1000


@pytest.mark.parametrize(
    "odd", [{"id": ""}, {"id": 7}, {"at_ms": -1}, {"at_ms": True}, {"at_ms": "now"}, {"data": []}]
)
def test_an_envelope_that_cannot_be_read_is_refused(protocol: Json, odd: Json) -> None:
    event = {"id": "x", "at_ms": 1, "type": "emergency_started", "data": {}, **odd}
    with pytest.raises(shapes.Refused, match="bad_data"):
        reducer.apply(protocol, reducer.start_state(protocol), event)


def test_half_a_character_pair_is_refused(protocol: Json) -> None:
    """It cannot be written as UTF-8: no digest could ever be made of it."""
    event = {"id": "n", "at_ms": START, "type": "note_written", "data": {"text": "\ud800"}}
    state = begun(protocol)
    with pytest.raises(shapes.Refused, match="bad_data"):
        reducer.apply(protocol, state, event)


def test_nothing_before_the_start(protocol: Json) -> None:
    for kind in reducer.STEPS:
        if kind != "emergency_started":
            event = {"id": "x", "at_ms": START, "type": kind, "data": {}}
            with pytest.raises(shapes.Refused, match="not_started"):
                reducer.apply(protocol, reducer.start_state(protocol), event)


def test_functions_of_the_steps_table_are_short() -> None:
    """Each function of the table under ten lines of code, so that the twins read side by side."""
    import ast

    trees = [ast.parse(Path(str(module.__file__)).read_text("utf-8")) for module in (reducer, corrections)]
    named = {step.__name__ for step in reducer.STEPS.values()}
    for node in [node for tree in trees for node in tree.body]:
        if isinstance(node, ast.FunctionDef) and node.name in named:
            first = node.body[1] if isinstance(node.body[0], ast.Expr) else node.body[0]
            assert (node.end_lineno or 0) - first.lineno + 1 < 12, node.name


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2200, 1, 1)), st.integers(0, facts.DAY - 1))
def test_dates_are_those_of_the_calendar(day: date, within: int) -> None:
    at_ms = int(
        (datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC))
        / timedelta(milliseconds=1)
    )
    assert facts.date_of(at_ms + within) == (day.year, day.month, day.day)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 500))
def test_striking_a_dose_brings_back_the_state_before_it(seed: int) -> None:
    """Timers, totals and prompts as if it had never been told; undone, as if it had never been struck."""
    protocol = PROTOCOL
    events, _ = story(seed)
    state = folded(protocol, events, [])["state"]
    if state["status"] != "running":
        return
    now = max(fact["at_ms"] for fact in state["facts"])
    told = [
        {"id": "d", "type": "dose_given", "at_ms": now, "data": {"units": 500}},
        {"id": "s", "type": "entry_struck", "at_ms": now, "data": {"event": "d", "reason": "mis-tap"}},
        {"id": "u", "type": "strike_undone", "at_ms": now, "data": {"event": "d"}},
    ]
    given_, struck, undone = _folded_on(protocol, state, told)
    for later in (now, now + 7 * facts.MINUTE, now + 61 * facts.MINUTE):
        before = reducer.prompts(protocol, state, later)
        assert reducer.prompts(protocol, struck, later) == before
        assert reducer.prompts(protocol, undone, later) == reducer.prompts(protocol, given_, later)
    assert (struck["due"], struck["totals"]) == (state["due"], state["totals"])


def _folded_on(protocol: Json, state: Json, events: list[Json]) -> list[Json]:
    states = []
    for event in events:
        state = reducer.apply(protocol, state, event)
        states.append(state)
    return states


PROTOCOL = occlusion()
