"""What tablets send is kept whole, once, in order, and moves stock in the same transaction."""

import random
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.audit import canonical
from safety.audit.models import AuditEntry
from safety.audit.verify import verify
from safety.db import db
from safety.emergency import folding, pinning, reducer
from safety.emergency.models import Emergency, EmergencyEvent
from safety.incidents.models import Incident
from safety.stock import ledger, rescue
from safety.stock.models import Discrepancy, StockMovement
from tests.emergency.tablet import Device, Json, of
from tests.factories import Cast, looking
from tests.page import Visitor
from tests.stock import shelf


@pytest.fixture
def tablet(app: Flask, cast: Cast) -> Device:
    return of(app, cast)


def stored(app: Flask, run: str) -> list[EmergencyEvent]:
    with looking(app):
        return folding.events_of(run)


def left(app: Flask, lot_id: str) -> tuple[int, int]:
    with looking(app):
        held = ledger.on_hand(lot_id)
        return held.containers, held.amount


def dose(tablet: Device, lot: str | None, units: int = 500, later_s: int = 60) -> Json:
    return tablet.event(
        "dose_given", later_s, units=units, lot=lot, lot_code="H0118L", product="hyalase_1500"
    )


def test_it_works(app: Flask, cast: Cast, tablet: Device) -> None:
    start, photo = tablet.start(), tablet.event("photo_taken", 5, view="front")
    answer = tablet.send(start, photo)
    assert answer["results"] == {start["id"]: "stored", photo["id"]: "stored"}
    assert [event["cursor"] for event in answer["events"]] == [1, 2]
    assert answer["cursor"] == 2
    with looking(app):
        run = db.session.get_one(Emergency, tablet.run)
        assert run.clinic_id == cast.clinic_id
        assert run.tablet_id == cast.tablet_id
        assert run.room_id == cast.room_id
        assert answer["digest"] == reducer.digest(folding.state_of(run)[1])


def test_the_answer_holds_only_what_is_newer(tablet: Device) -> None:
    tablet.send(tablet.start())
    photo = tablet.event("photo_taken", 5)
    answer = tablet.send(photo, after=1)
    assert [event["id"] for event in answer["events"]] == [photo["id"]]
    assert [event["id"] for event in tablet.read(after=1)["events"]] == [photo["id"]]
    assert tablet.read(after=2)["events"] == []


def test_sending_again_changes_nothing(app: Flask, tablet: Device) -> None:
    batch = [tablet.start(), tablet.event("photo_taken", 5), tablet.event("no_such_thing", 6)]
    tablet.send(*batch)
    with looking(app):
        size = db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
    for _ in range(5):
        answer = tablet.send(*batch)
        words = [answer["results"][event["id"]] for event in batch]
        assert words == ["known", "known", "refused:unknown_type"]
    assert len(stored(app, tablet.run)) == 3
    with looking(app):
        assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == size


def test_the_same_id_with_other_content_is_a_conflict(app: Flask, tablet: Device) -> None:
    start, photo = tablet.start(), tablet.event("photo_taken", 5)
    tablet.send(start, photo)
    call = tablet.event("call_made", 9, to="prescriber")
    answer = tablet.send({**photo, "at_ms": photo["at_ms"] + 1}, call, status=409)
    assert photo["id"] in answer["error"]
    assert answer["results"][call["id"]] == "stored"
    kept = stored(app, tablet.run)
    assert canonical.loads(kept[1].body)["at_ms"] == photo["at_ms"]
    with looking(app):
        assert db.session.scalar(sa.select(AuditEntry).where(AuditEntry.action == "emergency.event_conflict"))


def test_an_id_used_in_another_run_is_a_conflict(app: Flask, tablet: Device) -> None:
    photo = tablet.event("photo_taken", 5)
    tablet.send(tablet.start(), photo)
    tablet.run = str(uuid4())
    assert photo["id"] in tablet.send(photo, status=409)["conflicts"]


POISON: dict[str, Callable[[Device], Any]] = {
    "an unknown type": lambda t: t.event("no_such_thing"),
    "a type that is no word": lambda t: {**t.event("photo_taken"), "type": "<b>"},
    "no data": lambda t: {**t.event("photo_taken"), "data": None},
    "a float": lambda t: t.event("pain_scored", score=1.5),
    "a dose in text": lambda t: t.event("dose_given", units="1500"),
    "a dose of nothing": lambda t: t.event("dose_given", units=0),
    "a negative dose": lambda t: t.event("dose_given", units=-500),
    "a huge number": lambda t: t.event("dose_given", units=2**60),
    "no id": lambda t: {key: value for key, value in t.event("photo_taken").items() if key != "id"},
    "an id that is none": lambda t: {**t.event("photo_taken"), "id": "1"},
    "a clock in the year 9999": lambda t: {**t.event("photo_taken"), "at_ms": 253402300799000},
    "a clock at zero": lambda t: {**t.event("photo_taken"), "at_ms": 0},
    "a negative number": lambda t: {**t.event("photo_taken"), "seq": -1},
    "a field nobody knows": lambda t: {**t.event("photo_taken"), "actor": "somebody else"},
    "a list": lambda t: [1, 2, 3],
    "nothing": lambda t: None,
    "half a character": lambda t: t.event("note_written", text="\ud800"),
    "a strike without reason": lambda t: t.event("entry_struck", event="x", reason=" "),
    "a strike of nothing": lambda t: t.event("entry_struck", event=str(uuid4()), reason="mis-tap"),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_bad_event_is_kept_and_the_rest_goes_through(
    app: Flask, tablet: Device, nora: Visitor, poison: Callable[[Device], Any]
) -> None:
    good = [tablet.event("photo_taken", second) for second in range(4)]
    batch = [tablet.start(), *good[:2], poison(tablet), *good[2:]]
    answer = tablet.send(*batch)
    assert sorted(answer["results"].values())[0].startswith("refused:")
    assert list(answer["results"].values()).count("stored") == 5
    kept = stored(app, tablet.run)
    assert len(kept) == 6
    assert kept[3].refused
    assert tablet.send(*batch)["results"] == {
        key: value if value.startswith("refused") else "known" for key, value in answer["results"].items()
    }
    assert "Entries kept but not counted" in nora.get(f"/emergencies/{tablet.run}").text


def test_events_before_the_start_are_kept(app: Flask, tablet: Device) -> None:
    start, early = tablet.start(), tablet.event("photo_taken", 5)
    assert tablet.send(early)["results"] == {early["id"]: "refused:not_started"}
    assert tablet.send(start)["results"] == {start["id"]: "stored"}
    assert [event.refused for event in stored(app, tablet.run)] == ["not_started", None]


def test_a_second_event_with_the_same_number_is_kept_and_marked(tablet: Device) -> None:
    tablet.send(tablet.start())
    twin = {**tablet.event("photo_taken"), "seq": 1}
    assert tablet.send(twin)["results"] == {twin["id"]: "refused:seq_taken"}


def test_a_gap_in_a_tablets_numbers_is_shown(tablet: Device, nora: Visitor) -> None:
    start, _lost, photo = tablet.start(), tablet.event("photo_taken"), tablet.event("photo_taken")
    tablet.send(start, photo)
    assert "entries that have not arrived" in nora.get(f"/emergencies/{tablet.run}").text


BAD_BODIES: dict[str, tuple[bytes, str]] = {
    "not JSON": (b"{", "application/json"),
    "an empty body": (b"", "application/json"),
    "a list": (b"[]", "application/json"),
    "no device": (b'{"events": []}', "application/json"),
    "a device that is a number": (b'{"device": 7, "events": []}', "application/json"),
    "a device with control characters": (b'{"device": "a\\u0000b", "events": []}', "application/json"),
    "events that are no list": (b'{"device": "t", "events": {}}', "application/json"),
    "an after that is text": (b'{"device": "t", "after": "1", "events": []}', "application/json"),
    "a form": (b"device=t&events=1", "application/x-www-form-urlencoded"),
    "not UTF-8": (b'{"device": "\xff"}', "application/json"),
}


@pytest.mark.parametrize(("body", "kind"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_refused_in_one_line(app: Flask, tablet: Device, body: bytes, kind: str) -> None:
    response = tablet.client.post(tablet.url(), data=body, content_type=kind, headers=tablet.headers())
    assert response.status_code == 400
    assert set(response.json or {}) == {"error"}
    assert stored(app, tablet.run) == []


def test_an_oversized_body_is_refused(tablet: Device) -> None:
    response = tablet.client.post(
        tablet.url(), data=b" " * (9 * 1024 * 1024), content_type="application/json", headers=tablet.headers()
    )
    assert response.status_code == 413
    assert set(response.json or {}) == {"error"}


@pytest.mark.parametrize("token", [None, "", "wrong", "Ünïcode"])
def test_a_stranger_may_not_send(app: Flask, token: str | None) -> None:
    stranger = Device(app, token)
    assert "error" in stranger.send(stranger.start(), status=401)
    assert "error" in stranger.read(status=401)


def test_somebody_signed_in_may_send(app: Flask, cast: Cast, nora: Visitor) -> None:
    device = Device(app, None)
    device.client = nora.client
    device.send(device.start())
    assert stored(app, device.run)[0].member_id == cast["nora"].id


def test_another_site_may_not_send_in_the_readers_name(app: Flask, nora: Visitor) -> None:
    device = Device(app, None)
    body = {"device": "x", "after": 0, "events": [device.start()]}
    response = nora.client.post(device.url(), json=body, headers={"Origin": "https://evil.example"})
    assert response.status_code == 403
    assert stored(app, device.run) == []


def test_another_clinic_finds_no_such_run(app: Flask, tablet: Device, eve: Visitor) -> None:
    tablet.send(tablet.start())
    stranger = Device(app, None)
    stranger.client, stranger.run = eve.client, tablet.run
    stranger.read(status=404)
    stranger.send(stranger.event("photo_taken"), status=404)
    assert len(stored(app, tablet.run)) == 1
    for page in ("", "/run.json"):
        assert eve.client.get(f"/emergencies/{tablet.run}{page}").status_code == 404


def test_a_dose_takes_units_from_its_lot(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast, containers=4)
    tablet.send(tablet.start(), dose(tablet, lot))
    assert left(app, lot) == (3, 4500)
    with looking(app):
        kinds = set(
            db.session.scalars(
                sa.select(StockMovement.kind).where(StockMovement.emergency_event_id.is_not(None))
            )
        )
        assert {kind.value for kind in kinds} == {"used", "wasted"}


def test_a_struck_dose_is_put_back_and_an_undone_strike_takes_it_again(
    app: Flask, cast: Cast, tablet: Device
) -> None:
    lot = shelf.put(app, cast, containers=4)
    given = dose(tablet, lot)
    tablet.send(tablet.start(), given)
    tablet.send(tablet.event("entry_struck", 70, event=given["id"], reason="mis-tap"))
    assert left(app, lot) == (4, 6000)
    tablet.send(tablet.event("strike_undone", 80, event=given["id"]))
    assert left(app, lot) == (3, 4500)
    tablet.send(tablet.event("entry_struck", 90, event=given["id"], reason="mis-tap"))
    assert left(app, lot) == (4, 6000)


def test_a_dose_moves_to_the_lot_it_really_came_from(app: Flask, cast: Cast, tablet: Device) -> None:
    first, second = shelf.put(app, cast, containers=4), shelf.put(app, cast, containers=2, code="H0222L")
    given = dose(tablet, first)
    tablet.send(tablet.start(), given)
    tablet.send(
        tablet.event("details_added", 70, event=given["id"], details={"lot": second, "lot_code": "H0222L"})
    )
    assert (left(app, first), left(app, second)) == ((4, 6000), (1, 1500))
    tablet.send(tablet.event("entry_struck", 80, event=given["id"], reason="mis-tap"))
    assert (left(app, first), left(app, second)) == ((4, 6000), (2, 3000))


def test_of_two_equal_doses_the_void_one_is_put_back(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast, containers=4)
    other = of(app, cast, "tablet-2")
    other.run = tablet.run
    one, two = dose(tablet, lot), dose(other, lot, later_s=70)
    tablet.send(tablet.start(), one)
    other.send(two)
    assert left(app, lot) == (2, 3000)
    tablet.send(
        tablet.event("duplicate_resolved", 90, events=[one["id"], two["id"]], void=two["id"], reason="same")
    )
    assert left(app, lot) == (3, 4500)


@pytest.mark.parametrize("lot_code", ["", "H0118L", "with a \0 in it"])
def test_a_dose_from_an_unknown_lot_is_a_fact_and_a_discrepancy(
    app: Flask, tablet: Device, lot_code: str
) -> None:
    given = tablet.event("dose_given", 60, units=1500, lot=str(uuid4()), lot_code=lot_code)
    assert tablet.send(tablet.start(), given)["results"][given["id"]] == "stored"
    with looking(app):
        assert db.session.scalars(sa.select(Discrepancy)).one().resolved_at is None


def test_a_drill_takes_nothing_and_makes_no_incident(app: Flask, cast: Cast, tablet: Device) -> None:
    lot = shelf.put(app, cast, containers=4)
    tablet.send(tablet.start(drill=True), dose(tablet, lot))
    tablet.send(tablet.event("emergency_ended", 600, reason="transferred", why="drill over"))
    assert left(app, lot) == (4, 6000)
    with looking(app):
        assert db.session.scalars(sa.select(Incident)).all() == []


def test_nothing_is_kept_of_a_batch_whose_stock_cannot_be_written(
    app: Flask, cast: Cast, tablet: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = shelf.put(app, cast, containers=4)
    tablet.send(tablet.start())
    given = dose(tablet, lot)

    def broken(*args: Any, **kwargs: Any) -> None:
        raise sa.exc.OperationalError("INSERT", {}, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr(rescue, "take_rescue_dose", broken)
        response = tablet.post({"device": tablet.name, "after": 1, "events": [given]})
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert len(stored(app, tablet.run)) == 1
    assert left(app, lot) == (4, 6000)
    tablet.send(given)
    assert left(app, lot) == (3, 4500)


def test_ending_a_real_run_makes_one_incident(app: Flask, tablet: Device) -> None:
    tablet.send(tablet.start(), tablet.event("emergency_ended", 600, reason="transferred", why="handed over"))
    tablet.send(tablet.event("emergency_reopened", 700, reason="signs came back"))
    tablet.send(tablet.event("emergency_ended", 900, reason="transferred", why="handed over"))
    with looking(app):
        assert db.session.scalars(sa.select(Incident)).one().emergency_id == tablet.run
        assert db.session.get_one(Emergency, tablet.run).ended_at is not None


def test_a_run_started_by_mistake_is_kept_without_incident(app: Flask, tablet: Device) -> None:
    tablet.send(tablet.start(), tablet.event("emergency_ended", 20, reason="started_by_mistake"))
    with looking(app):
        assert db.session.scalars(sa.select(Incident)).all() == []
        assert db.session.get_one(Emergency, tablet.run).ended_at is not None


def test_a_run_is_pinned_to_what_its_tablet_began_with(app: Flask, cast: Cast, tablet: Device) -> None:
    kit = tablet.client.get("/emergencies/kit.json", headers=tablet.headers()).json
    assert kit is not None
    tablet.send(tablet.start(protocol_digest=kit["protocol"]["digest"]))
    with looking(app, cast.clinic_id):
        run = db.session.get_one(Emergency, tablet.run)
        assert run.protocol_digest == kit["protocol"]["digest"]
        assert pinning.resolved(run)["approved"] is False


def test_a_state_that_differs_is_said_and_written_down(app: Flask, tablet: Device) -> None:
    answer = tablet.send(tablet.start())
    agreed = tablet.send(tablet.event("photo_taken"), after=answer["cursor"], digest=answer["digest"])
    assert "digest_differs" not in agreed
    differing = tablet.send(tablet.event("photo_taken"), after=agreed["cursor"], digest="0" * 64)
    assert differing["digest_differs"] is True
    with looking(app):
        assert db.session.scalar(
            sa.select(AuditEntry).where(AuditEntry.action == "emergency.digest_differed")
        )


def test_every_event_has_its_entry_and_the_log_holds(app: Flask, tablet: Device) -> None:
    tablet.send(tablet.start(), *(tablet.event("photo_taken", n) for n in range(5)), tablet.event("nonsense"))
    with looking(app):
        wanted = (
            sa.select(AuditEntry)
            .where(AuditEntry.action == "emergency.event_recorded")
            .order_by(AuditEntry.index)
        )
        facts = [canonical.loads(entry.body)["facts"] for entry in db.session.scalars(wanted)]
        assert [(f["event"], f["body"], f["refused"]) for f in facts] == [
            (event.event_id, event.body_sha256, event.refused) for event in folding.events_of(tablet.run)
        ]
        assert verify([])[2] is None


@pytest.mark.parametrize("seed", range(4))
def test_cut_doubled_and_repeated_batches_end_as_the_clean_run(app: Flask, cast: Cast, seed: int) -> None:
    rng = random.Random(seed)
    lot = shelf.put(app, cast, containers=50)
    one = of(app, cast)
    events = [
        one.start(),
        *(dose(one, lot, later_s=n) if n % 5 == 0 else one.event("photo_taken", n) for n in range(30)),
    ]
    sent = 0
    while sent < len(events):
        upto = min(len(events), sent + rng.randint(1, 7))
        batch = events[max(0, sent - rng.randint(0, 5)) : upto]
        one.send(*batch, *rng.sample(batch, rng.randint(0, len(batch))))
        sent = upto if rng.random() < 0.7 else sent
    kept = stored(app, one.run)
    assert [event.event_id for event in kept] == [event["id"] for event in events]
    assert [event.cursor for event in kept] == list(range(1, len(events) + 1))
    doses = sum(event["type"] == "dose_given" for event in events)
    assert left(app, lot) == (50 - doses, (50 - doses) * 1500)
