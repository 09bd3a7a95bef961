"""Seeded random stories of an emergency: mostly sensible, often exactly on a boundary, sometimes nonsense."""

import random
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
START = 1790000000000
SECOND = 1_000
MINUTE = 60 * SECOND
# Distances at which something in the protocol falls due, starts to be late, or counts as near: the traps.
MARKS = sorted(
    {minutes * MINUTE for minutes in (0, 1, 2, 3, 4, 5, 10, 15, 30, 55, 59, 60, 61, 62, 75, 90, 120)}
)
POINTS = ["upper_lip", "nose", "glabella", "left_temple", "lips", "somewhere"]
SIGNS = [f"S{number}" for number in range(1, 12)]
STEPS = [
    "V01",
    "V02",
    "V06",
    "V07",
    "V09",
    "V10",
    "V11",
    "V12",
    "V13",
    "V14",
    "V15",
    "V16",
    "V17",
    "E01",
    "E04",
    "E05",
    "E05.again",
    "E06.check",
    "E07",
    "E07.stop",
    "E07.again",
    "F01",
    "F01",
    "F03",
    "L04",
    "L06",
    "P03",
    "W02",
    "B01",
    "V02.director",
    "V08.read",
    "A02",
    "A05",
    "A06",
    "C05",
    "C06",
    "C07",
    "C08",
    "C09",
    "C11",
    "C12",
    "V99",
]
SIDES = ["left", "right", "both", "mid", None]
ODD: list[Any] = [None, "", " ", 0, -1, True, [], {}, "é\u2028", "x" * 50, 2**40]


class Story:
    """One story told by `rng`; `tell()` gives its events and the moments to look at the prompts."""

    def __init__(self, rng: random.Random) -> None:
        self.rng, self.now = rng, START
        self.events: list[Json] = []
        self.looks: list[list[int]] = []

    def tell(self) -> tuple[list[Json], list[list[int]]]:
        """From the start to anywhere."""
        self.add("emergency_started", self.start())
        for _ in range(self.rng.randint(2, 26)):
            self.now = max(self.now, self.moment())
            kind = self.rng.choice(KINDS)
            self.add(kind, TELL[kind](self))
        return self.events, self.looks

    def start(self) -> Json:
        """A start; a drill as often as not, some of them fast, some with surprises."""
        said = {"context": self.context(), "drill": self.rng.choice([None, True, True, False])}
        drill = {
            "speed": self.rng.choice([None, 1, 10, 10, 5, "10"]),
            "surprises": self.rng.choice([None, 7, -1]),
        }
        return {**said, **drill} if self.rng.random() < 0.8 else said

    def moment(self) -> int:
        """Often exactly a mark after an earlier event, or a millisecond beside it, else a little later."""
        anchor = self.rng.choice([*self.events[-3:], self.events[0]])["at_ms"]
        exact: int = anchor + self.rng.choice(MARKS) + self.rng.choice([-1, 0, 0, 0, 1])
        return exact if self.rng.random() < 0.6 else self.now + self.rng.randint(0, 4 * MINUTE)

    def add(self, kind: str, data: Json) -> None:
        """One more event, sometimes damaged, and sometimes a look at the screen."""
        number = len(self.events)
        event = {
            "id": f"event-{number}",
            "device": self.rng.choice(["one", "two"]),
            "seq": number,
            "type": kind,
            "at_ms": self.now,
            "mono_ms": self.now - START,
            "data": data,
            "actor": self.rng.choice([None, "nora"]),
        }
        if number and self.rng.random() < 0.1:
            event["data"] = {
                **data,
                "drill": self.rng.choice([True, True, False]),
            }  # a tablet still in the drill
        self.events.append(self.damaged(event) if number and self.rng.random() < 0.06 else event)
        for _ in range(self.rng.choice([0, 0, 1])):
            self.looks.append([number, self.look()])

    def look(self) -> int:
        """A time to look, on a mark as often as not."""
        anchor: int = self.rng.choice(self.events)["at_ms"]
        return max(0, anchor + self.rng.choice(MARKS) + self.rng.choice([-1, 0, 0, 1, 20 * SECOND]))

    def damaged(self, event: Json) -> Json:
        """Something wrong with it: an odd value, a missing field, an unknown type, an id used before."""
        damage = self.rng.randrange(5)
        if damage == 0 and event["data"]:
            return {
                **event,
                "data": {**event["data"], self.rng.choice(list(event["data"])): self.rng.choice(ODD)},
            }
        if damage == 1 and event["data"]:
            gone = self.rng.choice(list(event["data"]))
            return {**event, "data": {key: value for key, value in event["data"].items() if key != gone}}
        if damage == 2:
            return {**event, "type": self.rng.choice(["dose_taken", "constructor", "__proto__", "toString"])}
        if damage == 3:
            return {**event, "id": self.rng.choice(self.events)["id"]}
        return {
            **event,
            "actor": self.rng.choice(ODD),
            "seq": self.rng.choice(ODD),
            "device": self.rng.choice(ODD),
        }

    def earlier(self) -> str:
        """The id of an earlier event, sometimes of none."""
        return str(self.rng.choice([*(event["id"] for event in self.events), "event-none"]))

    def dose_like(self) -> str:
        """The id of an earlier dose when there is one."""
        found = [event["id"] for event in self.events if event["type"] in ("dose_given", "drug_given")]
        return str(self.rng.choice(found)) if found else self.earlier()

    def reason(self) -> str:
        """Nearly always a reason."""
        return str(self.rng.choice(["mis-tap", "mis-tap", "too early", "Prüfung", " "]))

    def context(self) -> Any:
        """A treatment's context, often whole, sometimes empty, sometimes wrong."""
        return self.rng.choice(
            [None, {}, "?", self.treatment(), self.treatment(), self.treatment(), self.treatment()]
        )

    def treatment(self) -> Json:
        """What the server knows of a treatment."""
        return {
            "born_on": self.rng.choice([None, "1991-03-12", "1961-09-21", "1961-09-22", "2020-01-31", "no"]),
            "areas": self.rng.choice([None, [], ["lips"], ["nose", "left_cheek"]]),
            "product_class": self.rng.choice(
                [None, "ha_filler", "ha_filler", "biostimulator", "caha", "mixed"]
            ),
            "flags": self.rng.choice([None, [], [{"code": "G22", "text": "Sting allergy"}], [{"text": "?"}]]),
            "stock": self.rng.choice(
                [None, [], [self.lot("L1")], [self.lot("L1"), self.lot("L2")], [{"lot": 1}]]
            ),
            "contacts": self.rng.choice([None, [], self.contacts(), [{"role": 7}]]),
            "baselines": self.rng.choice([None, [], self.baselines(), [{"point": ""}]]),
        }

    def contacts(self) -> list[Json]:
        """Whom the clinic may call."""
        roles = [
            "medical_director",
            "prescriber",
            "plastic_surgery",
            "hyaluronidase_holder",
            "ambulance",
            "vet",
            None,
        ]
        names = ["Dr Mara", "Holder é", None]
        return [{"name": self.rng.choice(names), "role": role} for role in self.rng.sample(roles, 4)]

    def baselines(self) -> list[Json]:
        """Refill before treatment."""
        points = self.rng.sample(POINTS, 3)
        return [
            {"point": p, "side": self.rng.choice(SIDES), "refill_ds": self.rng.choice([None, 10, 20])}
            for p in points
        ]

    def lot(self, name: str) -> Json:
        """One lot in stock."""
        product, size = self.rng.choice([("hyalase_1500", 1500), ("hylenex_150", 150), ("vitrase_200", 200)])
        return {
            "lot": name,
            "lot_code": name + "é",
            "product": product,
            "units_per_container": size,
            "containers": self.rng.choice([0, 1, 2, 4, 10, 30]),
        }

    def refill(self) -> Json:
        """A check, often with numbers exactly at the cut-off or at the difference."""
        taken = self.rng.choice([None, 5, 10, 20, 25, 29, 30, 31, 39, 40, 41])
        other = self.rng.choice([None, 0, 10, 15, 19, 20, 21, 29, 30, 31])
        return {
            "point": self.rng.choice([*POINTS, None]),
            "side": self.rng.choice(SIDES),
            "refill_ds": taken,
            "result": self.rng.choice(["normal", "normal", "normal", "slow", "none"]),
            "mirror_ds": other,
            "baseline_ds": self.rng.choice([None, other]),
        }

    def dose(self) -> Json:
        """A dose, mostly one of the table."""
        return {
            "units": self.rng.choice([500, 500, 500, 1000, 1500, 30, 35, 50, 199, 200, 700, 0]),
            "lot": self.rng.choice([None, "L1", "L2", "L9"]),
            "product": self.rng.choice([None, "hyalase_1500", "vitrase_200"]),
        }

    def eyes(self) -> Json:
        """An eyes and brain check."""
        words = [*["no"] * 8, "unknown", "yes"]
        answers = self.rng.choice([None, {}, {"vision": self.rng.choice(words)}, {"nose": "no"}])
        return {"any": self.rng.choice(words), "answers": answers}

    def details(self) -> Json:
        """Details for an earlier entry, sometimes of the wrong kind."""
        more = [{"lot": "L2"}, {"product_class": "ha_filler"}, {"units": 1000}, {}, {"born_on": "1950-01-01"}]
        more += [{"stock": [self.lot("L3")]}, {"given": True}, {"given": False}, {"lot": "L1"}, {"lot": "L3"}]
        chosen = self.rng.choice(more)
        return {
            "event": self.rng.choice([self.earlier(), self.dose_like()]),
            "details": chosen,
            "was": self.knew(),
        }

    def corrections(self) -> list[str]:
        """Ids of the corrections so far."""
        told = ("time_changed", "details_added", "conflict_resolved")
        return [event["id"] for event in self.events if event["type"] in told]

    def knew(self) -> str | None:
        """Nothing, as often as not, or an earlier correction."""
        return self.rng.choice([None, *self.corrections()[-2:]])

    def conflict(self) -> Json:
        """Two corrections and the one that holds, sometimes of different entries, sometimes none."""
        found = self.corrections() or [self.earlier()]
        pair = [self.rng.choice(found), self.rng.choice(found)]
        return {"events": pair, "keep": self.rng.choice([*pair, self.earlier()])}


TELL: dict[str, Callable[[Story], Json]] = {
    "emergency_started": lambda story: {},
    "patient_named": lambda story: {"patient": "p1"},
    "recorder_named": lambda story: {"text": "Nora"},
    "step_done": lambda story: {
        "step": story.rng.choice(STEPS),
        "answer": story.rng.choice([None, None, "venom", "better", "positive", "none", "large"]),
    },
    "step_skipped": lambda story: {"step": story.rng.choice(STEPS), "reason": story.reason()},
    "eyes_checked": Story.eyes,
    "sign_seen": lambda story: {"sign": story.rng.choice(SIGNS)},
    "sign_gone": lambda story: {"sign": story.rng.choice(SIGNS)},
    "areas_counted": lambda story: story.rng.choice(
        [{"count": story.rng.randint(0, 5)}, {"areas": story.rng.sample(POINTS, story.rng.randint(0, 4))}]
    ),
    "stage_assessed": lambda story: {"stage": story.rng.choice(["1", "2", "3", "4", "5a", "5b", "6"])},
    "refill_checked": Story.refill,
    "pain_scored": lambda story: {"score": story.rng.randint(0, 11)},
    "kit_fetched": lambda story: {},
    "vial_prepared": lambda story: {
        "lot": story.rng.choice([None, "L1"]),
        "product": "hyalase_1500",
        "dilution_ul": story.rng.choice([None, 1000, 5000]),
    },
    "dose_given": Story.dose,
    "photo_taken": lambda story: {"view": "front"},
    "call_made": lambda story: {
        "to": story.rng.choice(
            ["ambulance", "expert", "surgery", "other", "medical_director", "stock_holder"]
        ),
        "name": story.rng.choice([None, None, "Dr Mara", "Holder é"]),
        "outcome": story.rng.choice([None, "answered", "no_answer"]),
    },
    "drug_given": lambda story: {
        "drug": story.rng.choice(["adrenaline", "adrenaline", "timolol", "lipid", "lipid"]),
        "dose": "x",
    },
    "aspirin_decided": lambda story: {
        "decision": story.rng.choice(["given", "not_given"]),
        "blocks": story.rng.choice([None, [], ["gout"]]),
    },
    "note_written": lambda story: {"text": story.rng.choice(["Über\u2028\u0000", "ok", ""])},
    "vision_changed": lambda story: {"eye": story.rng.choice(SIDES)},
    "anaphylaxis_suspected": lambda story: {},
    "collapse_noticed": lambda story: {},
    "la_toxicity_suspected": lambda story: {},
    "presentation_named": lambda story: {
        "presentation": story.rng.choice(["during", "late", "late", "phone"])
    },
    "lone_named": lambda story: {"alone": story.rng.choice([True, True, False])},
    "branch_closed": lambda story: {
        "branch": story.rng.choice(["vision", "anaphylaxis", "collapse", "la_toxicity"]),
        "reason": story.reason(),
    },
    "decision_made": lambda story: {"about": "V12", "decision": "repeat"},
    "endpoint_observed": lambda story: {
        "met": story.rng.choice([True, True, False]),
        "pain_gone": story.rng.choice([None, True, False]),
        "swelling_gone": story.rng.choice([None, True, True, False]),
    },
    "entry_struck": lambda story: {
        "event": story.rng.choice([story.earlier(), story.dose_like()]),
        "reason": story.reason(),
    },
    "strike_undone": lambda story: {"event": story.rng.choice([story.earlier(), story.dose_like()])},
    "time_changed": lambda story: {
        "event": story.earlier(),
        "at_ms": story.moment(),
        "reason": story.reason(),
        "was": story.knew(),
    },
    "details_added": Story.details,
    "duplicate_resolved": lambda story: {
        "events": [story.dose_like(), story.dose_like()],
        "void": story.rng.choice([None, story.dose_like()]),
    },
    "conflict_resolved": Story.conflict,
    "handover_given": lambda story: {},
    "emergency_ended": lambda story: {
        "reason": story.rng.choice(["resolved", "transferred", "started_by_mistake", "?"]),
        "why": story.rng.choice([None, "Ambulance took over"]),
    },
    "emergency_reopened": lambda story: {"reason": story.reason()},
    "made_real": lambda story: {"context": story.context()},
    "surprise_shown": lambda story: {
        "surprise": story.rng.choice(["colour", "stock", ""]),
        "stock": story.rng.choice([None, None, [], [story.lot("L1")], [{"lot": 1}], "?"]),
    },
}
COMMON = [
    "dose_given",
    "refill_checked",
    "refill_checked",
    "areas_counted",
    "endpoint_observed",
    "entry_struck",
    "step_done",
    "sign_seen",
    "time_changed",
    "details_added",
    "drug_given",
    "call_made",
]
RARE = (
    "vision_changed",
    "anaphylaxis_suspected",
    "la_toxicity_suspected",
    "presentation_named",
    "emergency_ended",
    "made_real",
)
PLAIN = [kind for kind in TELL if kind not in RARE]
KINDS = [*TELL, *PLAIN, *PLAIN, *COMMON, *COMMON, *COMMON, *COMMON]


def story(seed: int) -> tuple[list[Json], list[list[int]]]:
    """The events and looks of this seed, always the same."""
    return Story(random.Random(seed)).tell()
