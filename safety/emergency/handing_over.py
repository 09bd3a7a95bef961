"""One page to read aloud to whoever takes over: who, what, given, response, now."""

from typing import Any

import segno
from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from safety import clock
from safety.clinic.models import Clinic
from safety.db import db
from safety.emergency import actions, folding, reading, reducer, timeline
from safety.emergency.facts import by_time, live
from safety.emergency.models import Emergency
from safety.emergency.record_page import names, patient_name
from safety.patients.models import Patient
from safety.web import day, found, local

Json = dict[str, Any]
Block = tuple[str, list[str]]
FOUND = ("stage_assessed", "sign_seen", "vision_changed", "anaphylaxis_suspected", "collapse_noticed",
         "la_toxicity_suspected")  # fmt: skip
GIVEN = ("dose_given", "drug_given", "aspirin_decided")
RESPONSE = ("refill_checked", "pain_scored", "endpoint_observed", "eyes_checked")
LAST = 6


def add_to(bp: Blueprint) -> None:
    """Give the emergency blueprint this route."""
    bp.add_url_rule("/emergencies/<uuid:emergency_id>/handover", view_func=handover)


def handover(emergency_id: Any) -> ResponseReturnValue:
    """One page to read aloud to whoever takes over; it asks nobody to sign in, as the run does not."""
    try:
        run = found(actions.find(str(emergency_id)))
    except actions.Elsewhere:
        abort(404)
    now = clock.now()
    return render_template(
        "emergency/handover.html",
        run=run,
        now=now,
        blocks=blocks(run, clock.to_ms(now)),
        code=code(run),
        clinic=db.session.get_one(Clinic, run.clinic_id),
    )


def blocks(run: Emergency, now_ms: int) -> list[Block]:
    """What to read aloud, block by block; a block without a line is left out."""
    protocol, state = folding.state_of(run)
    if state["started_ms"] is None:
        return []
    asked = reducer.prompts(protocol, state, clock.to_ms(run.ended_at) if run.ended_at else now_ms)
    told = _Teller(protocol, state)
    listed = [
        ("Who", _who(run, state)),
        ("What", [*_what(protocol, state, asked), *told.of(*FOUND)]),
        ("Given", [_total(asked), *told.of(*GIVEN)]),
        ("Response", told.of(*RESPONSE)[-LAST:]),
        ("Now", _now(asked)),
        ("Called", told.of("call_made")),
    ]
    return [(title, lines) for title, lines in listed if lines]


class _Teller:
    """Entries in words with their clock time."""

    def __init__(self, protocol: Json, state: Json) -> None:
        self.state = state
        self.names = timeline.labels(protocol) | names()
        numbered = enumerate(by_time(live(state, "dose_given")), start=1)
        self.numbers = {fact["id"]: number for number, fact in numbered}

    def of(self, *kinds: str) -> list[str]:
        """The entries of these types that stand, first one first."""
        return [self._line(fact) for fact in by_time(live(self.state, *kinds))]

    def _line(self, fact: Json) -> str:
        return f"{_clock(fact['at_ms'])} {timeline.words_for(fact, self.names, self.numbers.get(fact['id']))}"


def _clock(ms: int) -> str:
    return local(clock.from_ms(ms)).strftime("%H:%M")


def _who(run: Emergency, state: Json) -> list[str]:
    patient = db.session.get(Patient, run.patient_id) if run.patient_id else None
    born = f"born {day(patient.born_on)}" if patient else ""
    name = patient_name(run) or "Patient not named"
    flags = [str(flag.get("text") or flag.get("code")) for flag in state["context"]["flags"] or []]
    return [", ".join(part for part in (name, born) if part), *flags]


def _what(protocol: Json, state: Json, asked: Json) -> list[str]:
    labels, context = timeline.labels(protocol), state["context"]
    areas = [labels.get(area, area.replace("_", " ")) for area in reading.current_areas(state)]
    filler = [context["brand"] or "", f"lot {context['lot_code']}" if context["lot_code"] else ""]
    if context["amount_ul"]:
        filler.append(timeline.millilitres(context["amount_ul"]))
    since = f"{protocol['title']}, since {_clock(state['started_ms'])}, {timeline.span(asked['elapsed_ms'])}"
    return [line for line in (since, ", ".join(areas), ", ".join(filter(None, filler))) if line]


def _total(asked: Json) -> str:
    given = asked["given"]
    count = "1 dose" if given["doses"] == 1 else f"{given['doses']} doses"
    return f"{given['units']} units hyaluronidase in {count}"


def _now(asked: Json) -> list[str]:
    if asked["ended"]:
        return ["The emergency has ended."]
    due = asked["dose"]["due_ms"]
    dose = f"Next dose at {_clock(due)}" if due else asked["dose"]["text"]
    return [asked["step"]["text"], dose, *(banner["text"] for banner in asked["banners"])]


def code(run: Emergency) -> Markup:
    """The address of the run as a QR code, to go on with another tablet of the clinic."""
    address = url_for("emergency.run", emergency_id=run.id, _external=True)
    made = segno.make(address, error="m", micro=False).svg_inline(border=2, light="white", omitsize=True)
    drawn = made.replace("<svg", '<svg aria-hidden="true"', 1)  # the box round it has the name
    return Markup(drawn)  # noqa: S704  # segno draws squares; the text itself is not in it
