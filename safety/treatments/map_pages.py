"""The pages of the map: photos of a visit, striking an injection, and what the drawn face shows."""

from typing import Any

from flask import Blueprint, Response, abort, flash, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import write_transaction
from safety.forms import choices
from safety.photos import redraw
from safety.protocols.areas import areas
from safety.stock.actions import Refused
from safety.stock.models import ProductClass
from safety.stock.views import attempt
from safety.treatments import danger, drawn, face, mapping, photographs, reading, telling
from safety.treatments.map_forms import PhotoForm, PointForm, StrikeForm
from safety.treatments.map_models import TreatmentPhoto
from safety.treatments.models import PlanItem
from safety.treatments.reading import Chart
from safety.treatments.visit import Status
from safety.web import actor, found, today

LEAST_ROOM = 64 * 1024  # for what travels with a photo
TECHNIQUES = (
    "Slow retrograde micro-aliquots", "Serial points", "Linear threads, retrograde", "Fanning",
    "Cross-hatching", "Bolus",
)  # fmt: skip
DEPTHS = (
    "Intradermal", "Under the skin", "Superficial fat", "Deep fat", "In the muscle", "Deep on bone",
)  # fmt: skip


def add_to(bp: Blueprint) -> None:
    """The routes of the map, and room for the bytes of a photo before anything reads them."""
    bp.url_value_preprocessor(_room_for_a_photo)
    bp.add_url_rule("/treatments/<treatment_id>/photos", view_func=photos, methods=["GET", "POST"])
    bp.add_url_rule("/treatments/<treatment_id>/photos/<photo_id>.jpg", view_func=photo)
    bp.add_url_rule(
        "/treatments/<treatment_id>/injections/<injection_id>/strike", view_func=strike,
        methods=["GET", "POST"],
    )  # fmt: skip
    bp.app_context_processor(lambda: {"face": drawn.picture})


def _room_for_a_photo(endpoint: str | None, values: dict[str, Any] | None) -> None:
    if endpoint == "treatments.photos":
        request.max_content_length = redraw.MOST_BYTES + LEAST_ROOM


def _chart(treatment_id: str) -> Chart:
    return reading.chart(found(reading.found(treatment_id)), today(clock.now()))


def photos(treatment_id: str) -> ResponseReturnValue:
    """Before and after side by side, and taking one more; who looks is itself recorded."""
    now, chart = clock.now(), _chart(treatment_id)
    areas = list(dict.fromkeys(area for item in chart.items for area in item.areas))
    form = _photo_form(chart, areas)
    banner, here = telling.banner(chart.patient), url_for("treatments.photos", treatment_id=treatment_id)
    done = None
    if form.validate_on_submit() and (kept := _kept(form, areas)):
        wanted, file = kept

        def take() -> str:
            treatment = found(reading.found(treatment_id))
            photographs.take(actor(), treatment, wanted, file, today(now), now)
            return here

        done = attempt(form, take)
    if done is not None:
        flash("Photo kept. Its place, time and device were removed from the file", "success")
    return done or web.show("treatments/photos.html", form=form, banner=banner, **_shown(treatment_id))


def _photo_form(chart: Chart, areas: list[str]) -> PhotoForm:
    agreed = photographs.agreed(chart)
    form = PhotoForm(
        phase="after" if chart.injections else "before",
        use=photographs.RECORD if agreed == "record" else None,
    )
    form.area.choices = choices({"": "No area"} | {area: reading.area_name(area) for area in areas})
    if agreed != photographs.TEACHING:
        form.use.choices = choices({photographs.RECORD: photographs.USES[photographs.RECORD]})
    return form


def _kept(form: PhotoForm, areas: list[str]) -> tuple[photographs.Wanted, photographs.Kept] | None:
    wanted = form.value(areas, redraw.MOST_BYTES)
    try:
        return wanted, photographs.keep(wanted)
    except Refused as refused:
        form[refused.field].errors = [str(refused)]
        return None


def _shown(treatment_id: str) -> dict[str, Any]:
    chart = _chart(treatment_id)
    rows = photographs.of_visit(treatment_id)
    pairs = [
        (
            words,
            [[one for one in rows if (one.view, one.phase) == (view, phase)] for phase in photographs.PHASES],
        )
        for view, words in photographs.VIEWS.items()
    ]
    return {
        "treatment_id": treatment_id, "against": photographs.against(chart), "count": len(rows),
        "pairs": [(words, both) for words, both in pairs if any(both)], "uses": photographs.USES,
        "area_name": reading.area_name, "over": chart.status is Status.CANCELLED,
    }  # fmt: skip


def _both(rows: list[TreatmentPhoto], view: str) -> list[list[TreatmentPhoto]]:
    """The photos of one view: those before, those after."""
    return [[one for one in rows if (one.view, one.phase) == (view, phase)] for phase in photographs.PHASES]


def photo(treatment_id: str, photo_id: str) -> ResponseReturnValue:
    """One photo, while the patient agrees; that somebody looked is on the log before it is shown."""
    with write_transaction():
        row = found(photographs.find(treatment_id, photo_id))
        if photographs.against(_chart(treatment_id)):
            abort(403, "The patient does not agree to photos: it is kept as evidence and not shown.")
        data = photographs.bytes_of(row)
        if data is None:
            abort(404, "The file of this photo is gone or was changed.")
        photographs.note_view(actor(), row)
        seal()
    kept_apart = {"Content-Disposition": "inline; filename=photo.jpg"}
    return Response(data, mimetype="image/jpeg", headers=kept_apart)


def strike(treatment_id: str, injection_id: str) -> ResponseReturnValue:
    """Strike a wrong injection: it stays readable, and its stock goes back."""
    form, now, chart = StrikeForm(), clock.now(), _chart(treatment_id)
    shown = found(
        next((one for one in mapping.placed(treatment_id) if one.injection.id == injection_id), None)
    )
    banner, amount, unit = telling.banner(chart.patient), shown.injection.amount, shown.injection.amount_unit
    where, at = shown.where, shown.injection.injected_at

    def act() -> str:
        treatment = found(reading.found(treatment_id))
        mapping.strike(actor(), treatment, injection_id, form.reason.data or "", today(now), now)
        return url_for("treatments.show", treatment_id=treatment_id)

    done = attempt(form, act) if form.validate_on_submit() else None
    return done or web.show(
        "treatments/strike.html", form=form, banner=banner, treatment_id=treatment_id, where=where, at=at,
        amount=amount, unit=unit, number=shown.number,
    )  # fmt: skip


def record_context(chart: Chart) -> dict[str, Any]:
    """What the treatment page, its record and its PDF show of the map."""
    return {
        "dangers": danger.of_chart(chart), "placed": mapping.placed(chart.treatment.id),
        "photos": photographs.standing(chart),
        "pictures": drawn.photo_maps(chart.treatment.id),
    }  # fmt: skip


def plannable(kind: ProductClass, clinic_id: str) -> dict[str, Any]:
    """What the plan page shows of the areas a product may be planned for: the face, and a line for each."""
    named = [one.id for one in areas().areas.values() if kind.value in one.product_classes]
    dangers = danger.of(named, kind, clinic_id)
    whole = [name for name in face.drawing()["order"] if name in named]
    return {"hints": {one.area.id: one.line for one in dangers}, "face": drawn.picture(whole, dangers)}


def injection_context(form: PointForm, treatment_id: str, item_id: str) -> dict[str, Any]:
    """What the injection page shows of the map: the face or a photo, and earlier points."""
    chart = _chart(treatment_id)
    item = next(one for one in chart.items if one.id == item_id)
    pictures = [] if photographs.against(chart) else photographs.of_visit(treatment_id)
    wanted = form.photo_id.data if form.is_submitted() else request.args.get("photo")
    chosen = next((one for one in pictures if one.id == wanted), None)
    form.photo_id.data = chosen.id if chosen else ""
    dangers = danger.of(item.areas, item.product_class, item.clinic_id)
    points = [one for one in drawn.photo_maps(treatment_id) if chosen and one["id"] == chosen.id]
    return {
        "dangers": dangers, "area_hints": {one.area.id: one.line for one in dangers},
        "placed": mapping.placed(treatment_id), "pictures": pictures, "chosen": chosen,
        "photo_words": {one.id: photo_words(one) for one in pictures}, "item_areas": list(item.areas),
        "photo_dots": points[0]["dots"] if points else [], "techniques": TECHNIQUES, "depths": DEPTHS,
        "item_id": item_id, "repeats": bool(defaults(chart, item)),
    }  # fmt: skip


def photo_words(row: TreatmentPhoto) -> str:
    """Before, front."""
    words = f"{photographs.PHASES[row.phase]}, {photographs.VIEWS[row.view].lower()}"
    return f"{words}, {reading.area_name(row.area).lower()}" if row.area else words


def defaults(chart: Chart, item: PlanItem) -> dict[str, Any]:
    """What this visit's last injection of a product was given with: offered again, but never the amount."""
    used = [one for one in chart.injections if one.plan_item_id == item.id]
    if not used:
        return {}
    last = used[-1]
    return {
        "instrument": last.instrument.value, "gauge": str(last.gauge or ""), "technique": last.technique,
        "plane": last.plane, "aspirated": last.aspirated.value, "ultrasound": last.ultrasound.value,
        "ultrasound_why": last.ultrasound_why,
    }  # fmt: skip


def after_injection(treatment_id: str, item_id: str) -> str:
    """Back to the treatment, or on to the next point with the same product."""
    if "next" in request.form:
        flash("Injection recorded. Place the next one", "success")
        return url_for("treatments.inject", treatment_id=treatment_id, item_id=item_id,
                       photo=request.form.get("photo_id") or None)  # fmt: skip
    return url_for("treatments.show", treatment_id=treatment_id)


__all__ = ["add_to", "after_injection", "defaults", "injection_context", "plannable", "record_context"]
