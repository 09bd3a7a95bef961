"""The clinic's days: visits planned, screened, decided, injected, finished, in the order they happened."""

from datetime import date, datetime, timedelta
from typing import Any

from safety.aftercare import actions as aftercare
from safety.aftercare import reading as sheets
from safety.aftercare.rules import How, Sheet
from safety.db import db
from safety.demonstration import practice, rescue, signing
from safety.demonstration.stage import Stage, Story
from safety.dilutions import actions as dilutions
from safety.dilutions.actions import Diluting
from safety.prescribing import actions as prescribing
from safety.prescribing import links
from safety.prescribing.rules import Grant
from safety.protocols import actions as protocols
from safety.screening import actions as screening
from safety.screening import asking
from safety.screening.elsewhere import Elsewhere
from safety.screening.models import Choice, Screening
from safety.screening.stories import well_answers
from safety.treatments import actions, observation, reading
from safety.treatments.actions import Given, Item, Leaving, Plan
from safety.treatments.models import Instrument, Treatment, YesNoWhy

Json = dict[str, Any]
NOT_NEEDED, YES, NO = YesNoWhy.NOT_NEEDED, YesNoWhy.YES, YesNoWhy.NO
REFILL_DS = (16, 16)
SCREENED, MEASURED = -20, -5  # minutes before the start


def live(stage: Stage, story: Story) -> None:
    """Every visit, and the drill between two of them."""
    runs = {said["key"]: said for said in story["emergencies"]}
    moments = [(said["days"], said["minutes"], said) for said in runs.values() if said["drill"]]
    visits = [(said["days"], said.get("start", said.get("planned")), said) for said in story["treatments"]]
    for _, _, said in sorted([*moments, *visits], key=lambda moment: moment[:2]):
        if "events" in said:
            stage.emergencies[said["key"]] = practice.tell(stage, said)
        else:
            _Visit(stage, said).live(runs)


class _Visit:
    """One visit, as far as the story takes it."""

    def __init__(self, stage: Stage, said: Json) -> None:
        self.stage, self.said = stage, said
        self.on: date = stage.day(said["days"])
        self.begins: int = said["start"] if "start" in said else said["planned"]
        self.nurse = stage.actor("nurse")
        self.vials: dict[str, str] = {}

    def live(self, runs: dict[str, Json]) -> None:
        self._plan()
        if self.said["days"] <= 0 and self.said.get("screened", True):
            self._screen()
        if "start" not in self.said:
            return
        self._authorise()
        self._consent()
        self._start()
        self._inject()
        if run := runs.get(self.said.get("emergency", "")):
            told = rescue.tell(self.stage, run, rescue.context(self.stage, self.treatment.id, run))
            self.stage.emergencies[run["key"]] = told
        if "finish" in self.said:
            self._finish()

    def at(self, minutes: int) -> datetime:
        """An instant of the visit's day; of today never after the present once it is a fact."""
        return self.stage.at(self.said["days"], minutes)

    @property
    def treatment(self) -> Treatment:
        return db.session.get_one(Treatment, self.stage.treatments[self.said["key"]])

    def _plan(self) -> None:
        items = [
            Item(self.stage.products[one["product"]], one["areas"], one["amount"], one["target"])
            for one in self.said["items"]
        ]
        room = self.stage.room_id(self.said["room"])
        plan = Plan(self.on, self._clock_time(), room, items)
        booked = min(self.begins, 0) + SCREENED - 5
        today = min(self.on, self.stage.today)
        patient = self.stage.patients[self.said["patient"]]
        made = actions.plan(
            self.nurse,
            patient,
            plan,
            today,
            self.at(booked) if self.said["days"] <= 0 else self.stage.at(0, -30),
        )
        self.stage.treatments[self.said["key"]] = made.id

    def _clock_time(self) -> str:
        """The appointment, to five minutes, and never on another day than the visit."""
        local = (self.stage.now + timedelta(minutes=self.begins)).astimezone(self.stage.zone)
        if local.date() != self.stage.today:
            return "00:05" if self.begins < 0 else "23:55"
        return f"{local:%H}:{local.minute // 5 * 5:02d}"

    def _screen(self) -> None:
        screening_id = self.treatment.screening_id
        assert screening_id, "the screening begins with the plan on its own day"
        held = db.session.get_one(Screening, screening_id)
        begins = self.at(min(self.begins, 0) + SCREENED)
        body, given = protocols.kept(held.file_sha256), dict(self.said.get("answers", {}))
        answers = well_answers(body, asking.request(held, {}), given)
        for number, question in enumerate(_in_order(held, answers)):
            moment = begins + timedelta(seconds=5 * number)
            screening.answer(self.nurse, screening_id, question, answers[question], None, self.on, moment)
        made = screening.assess_now(self.nurse, screening_id, self.on, begins + timedelta(minutes=8))
        shown = screening.fingerprint(made)
        self._take_care(screening_id, shown, begins + timedelta(minutes=9))
        if told := self.said.get("decision"):
            self._decide(screening_id, told, shown, begins + timedelta(minutes=12))

    def _decide(self, screening_id: str, told: Json, shown: str, now: datetime) -> None:
        nurse = self.stage.members["nurse"].id
        away = Elsewhere(nurse, nurse) if told["remote"] else None
        choice, reason = Choice(told["choice"]), told["reason"]
        asked = screening.Deciding(choice, reason, None, told["remote"], shown, elsewhere=away)
        prescriber = self.stage.actor("prescriber"), self.stage.proved("prescriber")
        screening.decide(*prescriber, screening_id, asked, self.on, now)

    def _take_care(self, screening_id: str, shown: str, now: datetime) -> None:
        """The nurse writes down what is done about each caution, and signs."""
        done = self.said.get("cautions", {})
        found = screening.verdict(screening_id, self.on).findings
        reasons = {
            one.index: done[one.finding["question"]] for one in found if one.finding["question"] in done
        }
        if reasons:
            proved = self.stage.proved("nurse")
            screening.override(self.nurse, proved, screening_id, reasons, shown, self.on, now)

    def _authorise(self) -> None:
        """The prescriber examines, and authorises what is prescription-only, a little before the start."""
        about = f"treatment:{self.stage.treatments[self.said['key']]}"
        plan = links.plan(about)
        if plan is None or not any(one.needs_authorisation for one in plan.items):
            return
        shown = prescribing.fingerprint(plan)
        asked = prescribing.Authorising(Grant.AUTHORISE, {}, None, self.on, None, shown)
        prescriber = self.stage.actor("prescriber"), self.stage.proved("prescriber")
        moment = self.at(self.begins + MEASURED)
        prescribing.authorise(*prescriber, about, asked, self.on, moment)

    def _consent(self) -> None:
        """The patient signs on the tablet what belongs to the plan, a little before the start."""
        patient, moment = self.stage.patients[self.said["patient"]], self.at(self.begins + MEASURED)
        signing.consent(self.nurse, self.stage.proved("nurse"), patient, self.on, moment)

    def _start(self) -> None:
        treatment, start = self.treatment, self.at(self.begins)
        points = dict.fromkeys(reading.chart(treatment, self.on).points, REFILL_DS)
        self._dilute()
        if points:
            before = self.at(self.begins + MEASURED)
            actions.measure(self.nurse, treatment, reading.BEFORE, points, self.on, before)
        gates = {code: "yes" for code, _ in reading.gates(reading.chart(treatment, self.on).classes)}
        if lacking := actions.start(self.nurse, treatment, gates, self.on, start):
            raise ValueError(f"the story is wrong: {self.said['key']} cannot start, {lacking}")

    def _dilute(self) -> None:
        for told in self.said.get("dilutions", ()):
            saline = self.stage.lots["saline_main"]
            wanted = Diluting(self.stage.lots[told["lot"]], told["volume"], "", "", diluent_lot_id=saline)
            made = dilutions.dilute(self.nurse, wanted, self.on, self.at(self.begins + MEASURED - 5))
            self.vials[told["lot"]] = made.vial_id

    def _inject(self) -> None:
        items = reading.chart(self.treatment, self.on).items
        for number, told in enumerate(self.said["injections"]):
            minutes = told.get("minutes", self.begins + 6 + 4 * number)
            given = self._given(items[told["item"]].id, told)
            actions.inject(self.nurse, self.treatment, given, self.on, self.at(minutes))

    def _given(self, item_id: str, told: Json) -> Given:
        needle = Instrument(told["instrument"])
        return Given(
            item_id=item_id,
            lot_id=self.stage.lots[told["lot"]],
            area=told["area"],
            side=told["side"],
            amount=told["amount"],
            instrument=needle,
            gauge=told["gauge"],
            technique=told["technique"],
            aspirated=YES if needle is Instrument.NEEDLE else NOT_NEEDED,
            ultrasound=NO if "ultrasound_why" in told else NOT_NEEDED,
            ultrasound_why=told.get("ultrasound_why"),
            vial_id=self.vials.get(told["lot"]),
        )

    def _finish(self) -> None:
        treatment, leaves = self.treatment, self.at(self.said["finish"])
        points = dict.fromkeys(reading.chart(treatment, self.on).points, REFILL_DS)
        if points:
            actions.measure(
                self.nurse, treatment, reading.AFTER, points, self.on, leaves - timedelta(minutes=3)
            )
        all_is_well = observation.Look(skin_normal=True, has_pain=False, sight_changed=False)
        observation.see(self.nurse, treatment, all_is_well, self.on, leaves - timedelta(minutes=1))
        self._aftercare(treatment, leaves)
        leaving = Leaving(note=self.said.get("note"))
        actions.finish(self.nurse, treatment, leaving, self.on, leaves)

    def _aftercare(self, treatment: Treatment, leaves: datetime) -> None:
        """The sheet of what really went in, on paper."""
        said = sheets.content(reading.chart(treatment, self.on), Sheet.AFTERCARE)
        aftercare.give(
            self.nurse, treatment, Sheet.AFTERCARE, How.PAPER, None, sheets.digest(said), self.on, leaves
        )


def _in_order(held: Screening, answers: Json) -> list[str]:
    """The questions in the order they are asked, so that no part is answered before its whole."""
    return [question.id for question in asking.questions(held, answers) if question.id in answers]
