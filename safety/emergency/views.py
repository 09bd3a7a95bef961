"""What tablets talk to, and the pages round a run."""

from datetime import datetime
from typing import Any

from flask import Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from safety import clock, web
from safety.audit.log import seal
from safety.db import as_clinic, write_transaction
from safety.emergency import (
    actions,
    countersign,
    folding,
    handing_over,
    kit,
    offline,
    photos,
    pinning,
    record_page,
    wire,
)
from safety.emergency.models import Emergency
from safety.photos import redraw
from safety.web import actor, csrf, current, found, page

bp = page("emergency")
offline.add_to(bp)
countersign.add_to(bp)
handing_over.add_to(bp)


@bp.get("/emergencies/kit.json")
def kit_json() -> ResponseReturnValue:
    """Everything a tablet must hold to start and run an emergency with the server dead."""
    return kit.pack(current(), request.args.get("treatment"), clock.now(), request.args.get("returned_from"))


@bp.get("/emergencies/new")
def new() -> ResponseReturnValue:
    """The Home Screen entry: the page that starts a run."""
    return render_template("emergency/run.html", emergency_id=None)


@bp.get("/emergencies/<uuid:emergency_id>/run")
def run(emergency_id: Any) -> ResponseReturnValue:
    """The run screen; it knows its run from the address and may hold it before the server does."""
    return render_template("emergency/run.html", emergency_id=str(emergency_id))


@bp.get("/emergencies/<uuid:emergency_id>/watch")
def watch(emergency_id: Any) -> ResponseReturnValue:
    """The run on a wall or a second screen: live, and no control of it records anything."""
    emergency = _ours(str(emergency_id))
    return render_template("emergency/watch.html", emergency_id=emergency.id, drill=emergency.drill)


@bp.get("/emergencies/<uuid:emergency_id>/run.json")
def run_json(emergency_id: Any) -> ResponseReturnValue:
    """The run for a tablet that joins it: its pinned protocol, its events, its clock."""
    emergency = _ours(str(emergency_id))
    return {
        **_news(emergency, 0, clock.now()),
        "protocol": pinning.resolved(emergency),
        "drill": emergency.drill,
        "patient_name": record_page.patient_name(emergency),
    }


@bp.get("/emergencies/<uuid:emergency_id>/events")
def read_events(emergency_id: Any) -> ResponseReturnValue:
    """Events newer than `?after=`, from every device."""
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit()):
        return {"error": "after is a whole number"}, 400
    return _news(_ours(str(emergency_id)), int(after[:15]), clock.now())


@bp.post("/emergencies/<uuid:emergency_id>/events")
def take_events(emergency_id: Any) -> ResponseReturnValue:
    """Store what a tablet recorded; answer only after everything is on disk."""
    try:
        batch = wire.read(_body())
    except wire.BadBatch as fault:
        return {"error": str(fault)}, 400
    take = _deliver if current().revoked else _take
    return take(str(emergency_id), batch, clock.now())


csrf.exempt(take_events)  # programs hold no form token: JSON only, and a foreign page's origin is refused


def _body() -> object:
    if not web.same_origin():
        abort(403, "this request comes from another site")
    if not request.is_json:
        raise wire.BadBatch("send JSON, content type application/json")
    body = request.get_json(silent=True)
    if body is None:
        raise wire.BadBatch("the body is not JSON")
    return body


def _take(emergency_id: str, batch: wire.Batch, now: datetime) -> ResponseReturnValue:
    if not batch.events:
        emergency = _ours(emergency_id)
        news = _news(emergency, batch.after, now)
        return {"results": {}, "hashes": {}, **news, **_compared(emergency_id, batch)}
    taken = _stored(emergency_id, batch, now)
    answer = {
        "results": taken.results,
        "hashes": taken.hashes,
        **_news(_ours(emergency_id), batch.after, now),
        **_compared(emergency_id, batch),
    }
    return _answered(taken, answer)


def _deliver(emergency_id: str, batch: wire.Batch, now: datetime) -> ResponseReturnValue:
    """A tablet that was revoked delivers what it recorded itself, and hears nothing of the run."""
    if not (batch.events and wire.is_of(batch, actor().id)):
        return web.REVOKED
    with as_clinic(actor().clinic_id):
        taken = _stored(emergency_id, batch, now)
    told = {"results": taken.results, "hashes": taken.hashes, "server_ms": clock.to_ms(now)}
    return _answered(taken, {**told, "events": [], "cursor": 0, "digest": None, "revoked": True})


def _answered(taken: actions.Taken, answer: dict[str, Any]) -> ResponseReturnValue:
    if not taken.conflicts:
        return answer
    words = f"the same id came with other content: {', '.join(taken.conflicts)}"
    return {"error": words, "conflicts": taken.conflicts, **answer}, 409


def _stored(emergency_id: str, batch: wire.Batch, now: datetime) -> actions.Taken:
    """The batch on disk, part after part: each part wholly or not at all, so that others wait for no more
    than one.
    """
    taken = actions.Taken()
    for part in wire.parts(batch):
        with write_transaction():
            try:
                actions.take(actor(), emergency_id, part, now, taken)
            except actions.Elsewhere:
                abort(404)
            seal()
        if taken.folded is not None:
            folding.kept().keep(emergency_id, taken.folded)
    return taken


def _compared(emergency_id: str, batch: wire.Batch) -> dict[str, Any]:
    """Whether the tablet's state differs from ours; written down only when it does."""
    if batch.digest is None or not actions.digest_differs(_ours(emergency_id), batch):
        return {}
    with write_transaction():
        actions.note_difference(actor(), _ours(emergency_id), batch)
        seal()
    return {"digest_differs": True}


def _ours(emergency_id: str) -> Emergency:
    try:
        return found(actions.find(emergency_id))
    except actions.Elsewhere:
        abort(404)


def _news(emergency: Emergency, after: int, now: datetime) -> dict[str, Any]:
    folded = folding.current(emergency)
    newer = folding.events_of(emergency.id, after) if folded.cursor > after else []
    return {
        "events": [folding.on_the_wire(event) for event in newer if event.cursor <= folded.cursor],
        "cursor": folded.cursor,
        "digest": folding.kept().told(emergency.id, folded),
        "server_ms": clock.to_ms(now),
    }


@bp.put("/emergencies/<uuid:emergency_id>/photos/<uuid:photo_id>")
def take_photo(emergency_id: Any, photo_id: Any) -> ResponseReturnValue:
    """The bytes of a photo an entry has named; sent again they change nothing."""
    if not web.same_origin():
        abort(403, "this request comes from another site")
    if request.mimetype != "image/jpeg":
        return {"error": "send a photo, content type image/jpeg"}, 415
    request.max_content_length = redraw.MOST_BYTES
    sent = photos.Sent(str(emergency_id), str(photo_id), request.get_data())
    with as_clinic(actor().clinic_id):
        if current().revoked and not photos.recorded_by(sent, actor().id):
            return web.REVOKED
        try:
            return _take_photo(sent, clock.now())
        except photos.Refused as refusal:
            return _not_taken(sent, refusal)


csrf.exempt(take_photo)  # as for events: no form, and a foreign page's origin is refused


def _take_photo(sent: photos.Sent, now: datetime) -> ResponseReturnValue:
    row = photos.known(sent)
    result = "known" if row else "stored"
    if row is None:
        kept = photos.keep(sent)
        with write_transaction():
            row = photos.take(actor(), sent, kept, now)
            seal()
        photos.settle(row, kept)
        photos.sweep_once(now)
    return {"result": result, "photo": row.photo_id, "sent": row.sent_sha256, "stored": row.stored_sha256}


def _not_taken(sent: photos.Sent, refusal: photos.Refused) -> ResponseReturnValue:
    if refusal.code in (409, 422):
        with write_transaction():
            photos.note_refusal(actor(), sent, refusal)
            seal()
    later = {"Retry-After": "5"} if refusal.code in (425, 503, 507) else {}
    return {"error": refusal.words, "why": refusal.why}, refusal.code, later


@bp.get("/emergencies/<uuid:emergency_id>/photos/<uuid:photo_id>.jpg")
def photo(emergency_id: Any, photo_id: Any) -> ResponseReturnValue:
    """One photo; that somebody looked at it is on the log before it is shown."""
    with write_transaction():
        row = found(photos.find(str(emergency_id), str(photo_id)))
        data = photos.bytes_of(row)
        if data is None:
            abort(404, "The file of this photo is gone or was changed.")
        photos.note_view(actor(), row)
        seal()
    return Response(
        data, mimetype="image/jpeg", headers={"Content-Disposition": "inline; filename=photo.jpg"}
    )


@bp.get("/emergencies")
def index() -> ResponseReturnValue:
    """Every run of this clinic, open ones first."""
    return render_template("emergency/index.html", runs=record_page.rows())


@bp.get("/emergencies/<uuid:emergency_id>")
def show(emergency_id: Any) -> ResponseReturnValue:
    """One run as it was recorded: the timeline with struck and refused entries."""
    return render_template("emergency/show.html", **record_page.record_of(_ours(str(emergency_id))))


def _strip() -> dict[str, Any] | None:
    """The red line on every other page while an emergency runs; striped violet for a drill."""
    viewer = current()
    runs = actions.open_runs() if viewer.is_signed_in or viewer.is_tablet else []
    runs.sort(key=lambda run: run.drill)  # a drill never hides an emergency
    if not runs or request.endpoint in ("emergency.run", "emergency.new", "emergency.watch"):
        return None
    url = url_for("emergency.run", emergency_id=runs[0].id)
    return {"url": url, "text": record_page.strip_words(runs[0], clock.now_ms()), "drill": runs[0].drill}


web.provide("emergency_strip", _strip)
