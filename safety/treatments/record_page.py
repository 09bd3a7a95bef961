"""A finished (or running) treatment as one record to read and print. Routes of the blueprint.

Page and PDF draw the same sections: what was written stays, struck but readable, beside what is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from safety import clock, web
from safety.audit.log import seal
from safety.clinic.models import Clinic, Room
from safety.config import CHECKOUT
from safety.db import db, new_id, write_transaction
from safety.dilutions.reading import Diluted
from safety.patients import actions as patients
from safety.printing import apart
from safety.printing.apart import CannotRender
from safety.screening import showing
from safety.screening.models import Screening
from safety.staff.models import Member
from safety.stock import ledger
from safety.stock.forms import CLASS_WORDS
from safety.stock.guidance import storage
from safety.stock.rules import in_words
from safety.treatments import (
    amending,
    dilution,
    drawn,
    mapping,
    observation,
    prescribed,
    reading,
    telling,
)
from safety.treatments.amending import Said, brand
from safety.treatments.models import Amendment, Injection, PlanItem
from safety.treatments.reading import Chart
from safety.web import actor, current, day, found, safety_line, seconds, stamp, today, when

Json = dict[str, Any]
Cell = str | tuple[str, list[str]]  # what is right, and the values that are struck, oldest first


@dataclass(frozen=True)
class Section:
    """One part of the record: facts, a table, lines. Any of them may be empty."""

    title: str
    facts: Sequence[tuple[str, Cell]] = ()
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    lines: Sequence[str] = field(default_factory=tuple)
    picture: Json | None = None


def add_to(bp: Blueprint) -> None:
    """Give the treatments blueprint these routes."""
    bp.add_url_rule("/treatments/<treatment_id>/record", view_func=record)
    bp.add_url_rule("/treatments/<treatment_id>/record.pdf", view_func=record_pdf)


def record(treatment_id: str) -> ResponseReturnValue:
    """The whole record on one page, to read or print."""
    chart = _read(treatment_id, "treatments.record")
    return render_template(
        "treatments/record.html", banner=telling.banner(chart.patient), sections=sections(chart),
        treatment_id=treatment_id, look=telling.STATUS_WORDS[chart.status], on=chart.treatment.planned_on,
    )  # fmt: skip


def record_pdf(treatment_id: str) -> ResponseReturnValue:
    """The same record as a PDF."""
    now, chart = clock.now(), _read(treatment_id, "treatments.record_pdf")
    job = {"html": _html(chart, now), "log": None, "at_ms": clock.to_ms(now), "identifier": new_id()}
    try:
        made = apart.pdf(job)
    except CannotRender as fault:
        return render_template("treatments/record_pdf.html", words=str(fault), treatment_id=treatment_id), 503
    shown = Response(made, mimetype="application/pdf")
    shown.headers["Content-Disposition"] = f'inline; filename="treatment-{treatment_id[:8]}.pdf"'
    return shown


def _read(treatment_id: str, how: str) -> Chart:
    with write_transaction():
        patients.note_read(actor(), found(reading.found(treatment_id)).patient_id, how)
        seal()
    return reading.chart(found(reading.found(treatment_id)), today(clock.now()))


def _html(chart: Chart, now: datetime) -> str:
    clinic = db.session.get_one(Clinic, chart.treatment.clinic_id)
    page = {
        "clinic": clinic.name, "address": clinic.address, "phone": clinic.phone, "printed": stamp(now),
        "by": current().name, "safety": safety_line(clinic.name), "iso": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": f"Treatment record, {day(chart.treatment.planned_on)}",
        "who": f"{chart.patient.given_name} {chart.patient.family_name}, born {day(chart.patient.born_on)}",
    }  # fmt: skip
    return _templates.get_template("treatments/record_paper.html").render(page=page, sections=sections(chart))


_templates = Environment(
    loader=FileSystemLoader(CHECKOUT / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def sections(chart: Chart) -> list[Section]:
    """Every part of the record, in the order things happened; empty parts are left out."""
    every = [
        _visit(chart), _plan(chart), _screening(chart), _prescriber(chart), _products(chart),
        *_dilutions(chart), _refill(chart), _injections(chart), _map(chart), _stay(chart), _finish(chart),
        _amendments(chart),
    ]  # fmt: skip
    return [one for one in every if one.facts or one.rows or one.lines]


def _name(member_id: str) -> str:
    return db.session.get_one(Member, member_id).name


def _visit(chart: Chart) -> Section:
    t, room = chart.treatment, chart.treatment.room_id
    facts: list[tuple[str, Cell]] = [
        ("Patient", f"{chart.patient.given_name} {chart.patient.family_name}"),
        ("Date of birth", day(chart.patient.born_on)), ("Number", str(chart.patient.number)),
        ("Visit", ", ".join(filter(None, [day(t.planned_on), t.planned_at]))),
        ("Room", db.session.get_one(Room, room).name if room else "None"),
        ("State", telling.STATUS_WORDS[chart.status][1]),
    ]  # fmt: skip
    if chart.start:
        facts.append(("Started", f"{stamp(chart.start.started_at)}, {_name(chart.start.started_by)}"))
        facts.append(("Rescue protocol", chart.start.protocol_digest[:16]))
    return Section("Visit", facts)


def _plan(chart: Chart) -> Section:
    known = amending.chains(chart.treatment.id)
    rows = [
        [
            brand(item), CLASS_WORDS[item.product_class], ", ".join(map(reading.area_name, item.areas)),
            in_words(item.amount, item.amount_unit), _given(chart, item),
            _cell(Said(item.target, item.target), known.get((f"plan_item:{item.id}", "target"))),
        ]
        for item in chart.items
    ]  # fmt: skip
    return Section("Plan", headers=["Brand", "Kind", "Areas", "Planned", "Given", "Target"], rows=rows)


def _given(chart: Chart, item: PlanItem) -> Cell:
    mine = [one for one in chart.injections if one.plan_item_id == item.id]
    right = in_words(sum(int(amending.right(one, "amount").value) for one in mine), item.amount_unit)
    written = in_words(chart.given(item), item.amount_unit)
    return right if right == written else (right, [written])


def _cell(written: Said, later: Sequence[Amendment] | None) -> Cell:
    """What is right, beside every value that stood there before."""
    if not later:
        return written.shown
    return later[-1].new_value["shown"], [one.old_value["shown"] for one in later]


def _screening(chart: Chart) -> Section:
    if chart.verdict is None or chart.treatment.screening_id is None:
        return Section("Screening")
    held = db.session.get_one(Screening, chart.treatment.screening_id)
    facts: list[tuple[str, Cell]] = [
        ("Verdict", chart.verdict.outcome.capitalize()), ("Screened on", day(held.on)),
        ("Questionnaire", chart.verdict.protocol_digest[:16]),
        ("Approved", "Yes" if chart.verdict.approved else "Not approved here"),
    ]  # fmt: skip
    if chart.verdict.decision and (told := showing.decided(chart.verdict)):
        decision = chart.verdict.decision
        how = "from elsewhere, read back, " if decision.remote else ""
        facts.append(("Prescriber", f"{told[1]}, {how}{stamp(decision.decided_at)}"))
        facts.append(("Decision", f"{told[0].partition(': ')[2].capitalize()}. {decision.reason}"))
        facts += [("Limits", decision.limits)] if decision.limits else []
    rows = [_finding(one) for one in showing.entries(held, chart.verdict)]
    return Section("Screening", facts, ["Finding", "Answer", "What became of it"], rows)


def _finding(entry: showing.Entry) -> list[Cell]:
    override = entry.standing.override
    if override:
        became = f"{override.reason} {_name(override.decided_by)}, {stamp(override.decided_at)}"
    else:
        became = "Decided by the prescriber" if entry.standing.decided else "Open"
    return [str(entry.standing.finding["reason"]), entry.answer, became]


def _prescriber(chart: Chart) -> Section:
    word = prescribed.shown(chart, chart.treatment.planned_on).word
    if word is None:
        return Section("Prescriber")
    return Section("Prescriber", [("Word", word.title)], ["What was said"], [[line] for line in word.lines])


def _products(chart: Chart) -> Section:
    used = {one.lot_id: one for one in chart.injections}
    lots = {one.lot_id: one for one in ledger.lots()} if used else {}
    rows = [
        [lots[lot_id].product_name, lots[lot_id].code, day(lots[lot_id].expires_on),
         ". ".join(storage(lots[lot_id].brand, lots[lot_id].product_class)) or "Not known"]
        for lot_id in used if lot_id in lots
    ]  # fmt: skip
    return Section("Products", headers=["Product", "Lot", "Expiry", "Storage"], rows=rows)


def _dilutions(chart: Chart) -> list[Section]:
    return [_dilution(one) for one in dilution.used_in(chart.treatment.id)]


def _dilution(one: Diluted) -> Section:
    why = one.record.off_label_reason
    return Section(f"Dilution, {one.lot.product_name}", [
        ("Lot", one.lot.code), ("Expiry", day(one.lot.expires_on)),
        ("Vial", in_words(one.vial.amount, one.lot.unit)),
        ("Diluent", f"{one.record.diluent}, lot {one.record.diluent_lot}"),
        ("Volume", web.millilitres(one.record.volume_ul)), ("Strength", one.strength),
        ("Diluted", f"{stamp(one.vial.opened_at)}, {one.opened_by}"),
        ("Use until", stamp(one.vial.discard_at)), *([("Not a listed dilution", why)] if why else []),
    ])  # fmt: skip


def _refill(chart: Chart) -> Section:
    slow = set(telling.slow_points(chart, chart.treatment.planned_on))
    rows = [
        [stamp(one.measured_at), one.phase.capitalize(), reading.area_name(one.area),
         seconds(one.refill_ds), seconds(one.mirror_ds),
         "Slow" if one.phase == reading.AFTER and one.area in slow else "", _name(one.measured_by)]
        for one in chart.readings
    ]  # fmt: skip
    return Section("Refill", headers=["When", "Phase", "Point", "Refill", "Mirror", "", "By"], rows=rows)


def _injections(chart: Chart) -> Section:
    known = amending.chains(chart.treatment.id)

    def said(one: Injection, name: str) -> Cell:
        return _cell(amending.said(one, name), known.get((f"injection:{one.id}", name)))

    rows = [
        [when(one.injected_at), said(one, "area"), said(one, "side"), said(one, "amount"),
         _drawn(one), said(one, "lot"), said(one, "instrument"), said(one, "gauge"),
         said(one, "plane"), said(one, "technique"), said(one, "aspirated"), said(one, "ultrasound"),
         said(one, "ultrasound_why"), _name(one.injected_by)]
        for one in chart.injections
    ]  # fmt: skip
    headers = ["Time", "Area", "Side", "Amount", "Drawn", "Lot", "With", "Gauge", "Depth", "Technique",
               "Aspirated", "Ultrasound", "Why not", "By"]  # fmt: skip
    return Section("Injections", headers=headers, rows=rows)


def _drawn(one: Injection) -> Cell:
    """The volume in the syringe, where the product was diluted; of the amount and vial that are right."""
    lot, amount = amending.right(one, "lot").value, amending.right(one, "amount").value
    written = dilution.volume_of(amending.said(one, "lot").value["vial"], one.amount)
    right = dilution.volume_of(lot["vial"], int(amount))
    return right if right == written else (right, [written])


def _map(chart: Chart) -> Section:
    """Every injection by the number of its point, struck ones too, and what was confirmed twice."""
    placed = mapping.placed(chart.treatment.id)
    if not any(one.point or one.strike or one.meant for one in placed):
        return Section("Injection map")
    rows: list[list[Cell]] = [
        [str(one.number), when(one.injection.injected_at),
         ("Struck", [one.where]) if one.strike else one.where,
         "" if one.point is None else "Photo" if one.point.photo_id else "Drawn face", ". ".join(one.meant),
         f"{one.strike.reason} {_name(one.strike.struck_by)}, {stamp(one.strike.struck_at)}" if one.strike
         else ""]
        for one in placed
    ]  # fmt: skip
    headers = ["No.", "Time", "Where", "Point on", "Confirmed", "Struck"]
    picture = drawn.picture([], [], placed)
    return Section("Injection map", headers=headers, rows=rows, picture=picture if picture["dots"] else None)


def _stay(chart: Chart) -> Section:
    held = observation.stay(chart)
    if held is None or not held.asked:
        return Section("Observation")
    facts: list[tuple[str, Cell]] = [
        ("Last injection", stamp(held.last_at)),
        ("Stays until", stamp(held.leaves_at)),
    ]
    if held.released:
        name = _name(held.released.released_by)
        facts.append(("Left early", f"{held.released.reason} {name}, {stamp(held.released.released_at)}"))
    rows = [
        [stamp(one.seen_at), "Normal" if one.skin_normal else "Not normal", "Yes" if one.has_pain else "No",
         "Yes" if one.sight_changed else "No", _name(one.seen_by)]
        for one in held.looks
    ]  # fmt: skip
    return Section("Observation", facts, ["Seen", "Skin", "Pain", "Change in sight", "By"], rows)


def _finish(chart: Chart) -> Section:
    f = chart.finish
    if f is None:
        return Section("Finish")
    note = _cell(Said(f.note, f.note or ""), amending.chains(chart.treatment.id).get(("finish", "note")))
    due = [day(one) for one in (f.review_from_on, f.review_to_on) if one]
    return Section("Finish", [
        ("Finished", f"{stamp(f.finished_at)}, {_name(f.finished_by)}"),
        ("Aftercare sheet", "Given" if f.aftercare_given else "Not given"),
        ("Review", " to ".join(due) or "None"),
        *([("Note", note)] if note else []),
    ])  # fmt: skip


@dataclass(frozen=True)
class Told:
    """An amendment with what it is about and who signed it."""

    row: Amendment
    what: str
    by: str


def amended(chart: Chart) -> list[Told]:
    """Every amendment, oldest first."""
    names = {(one.record, one.field): f"{one.label}: {one.about}" for one in amending.things(chart)}
    return [
        Told(row, names.get((row.record, row.field), row.field), _name(row.amended_by))
        for row in amending.amendments(chart.treatment.id)
    ]


def _amendments(chart: Chart) -> Section:
    rows: list[list[Cell]] = [
        [stamp(one.row.amended_at), one.what,
         (one.row.new_value["shown"], [one.row.old_value["shown"]]),
         ". ".join(filter(None, [one.row.reason, one.row.stock_note])), one.by]
        for one in amended(chart)
    ]  # fmt: skip
    return Section(
        "Amendments", headers=["When", "What", "Written, and right", "Why", "Signed by"], rows=rows
    )
