"""In which order, how far apart: the rules C01 to C13 asked of a plan and the patient's history. Pure.

The rows (days, outcomes, sentences, sources) stand in the treatment protocol under `sequence`; here is only
how each `check` is asked. Source: clinical specification 6.1. An interval of 14 days is over on day 14.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from safety.protocols.areas import Area
from safety.screening.intake import Planned, Treated

Json = Any
Row = Mapping[str, Json]
TOXIN, HA, OTHER = "toxin", "ha_filler", "biostimulator"
FILLER = frozenset({HA, OTHER})
PLAN, START = "plan", "start"
BY_OUTCOME = {"caution": "nurse", "defer": "prescriber", "block": "none", "note": "", "record": ""}


@dataclass(frozen=True)
class Dissolved:
    """Filler dissolved with hyaluronidase outside an emergency. No areas: they are not known."""

    on: date
    areas: tuple[str, ...] = ()


@dataclass(frozen=True)
class Facts:
    """One planned visit and what is known of the patient.

    `said`: answers of this visit's screening, question → contract's JSON; empty before it. `settings`: values
    of other protocols, key → whole number. `history`: the clinic's own records, with earlier visits that are
    planned and still to come when a later one is planned.
    """

    on: date
    plan: tuple[Planned, ...]
    areas: Mapping[str, Area]
    settings: Mapping[str, int]
    history: tuple[Treated, ...] = ()
    dissolved: tuple[Dissolved, ...] = ()
    first_visit: bool = False
    said: Mapping[str, Json] = field(default_factory=dict)

    def planned(self, classes: Iterable[str]) -> list[str]:
        """The planned areas of these product classes, once each, in order."""
        wanted = set(classes)
        named = [area for one in self.plan if one.product_class in wanted for area in one.areas]
        return list(dict.fromkeys(named))

    def has(self, classes: Iterable[str]) -> bool:
        """Is one of these product classes planned?"""
        return bool({one.product_class for one in self.plan} & set(classes))

    def treated(self, classes: Iterable[str]) -> list[Treated]:
        """Earlier treatments with these classes, the latest first."""
        wanted = set(classes)
        found = [one for one in self.history if one.product_class in wanted and one.on <= self.on]
        return sorted(found, key=lambda one: one.on, reverse=True)

    def day_said(self, question: str) -> date | None:
        """The date a screening answer names, or None."""
        try:
            return date.fromisoformat(str(self.said.get(question)))
        except ValueError:
            return None


@dataclass(frozen=True)
class Hit:
    """A rule that is broken: where, from which day it is not, and what else to say."""

    areas: tuple[str, ...] = ()
    earliest_on: date | None = None
    detail: str = ""
    noted: bool = False


@dataclass(frozen=True)
class Finding:
    """One broken rule as it is shown and answered. `override`: the role that may go on; none: nobody."""

    id: str
    rule: str
    outcome: str
    reason: str
    source: str
    override: str
    earliest_on: date | None
    areas: tuple[str, ...]

    @property
    def is_asked(self) -> bool:
        """Does somebody have to answer for going on?"""
        return self.outcome in ("caution", "defer", "block")

    @property
    def refuses(self) -> bool:
        """Is this day too early?"""
        return self.outcome in ("defer", "block")


def base(area_id: str, areas: Mapping[str, Area]) -> str:
    """An area without its side: left_cheek → cheek. Unknown ids stay as they are."""
    known = areas.get(area_id)
    side = known.side if known else None
    return area_id.removeprefix(f"{side}_") if side else area_id


def same_place(one: str, other: str, areas: Mapping[str, Area]) -> bool:
    """The same area, or two that share a counting area, as in screening."""
    if base(one, areas) == base(other, areas):
        first, second = areas.get(one), areas.get(other)
        sides = {known.side for known in (first, second) if known and known.side}
        return len(sides) < 2
    first, second = areas.get(one), areas.get(other)
    return bool(first and second and set(first.counts_as) & set(second.counts_as))


def _meets(planned: Iterable[str], other: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """The planned areas that lie where the others do; others that are not known count as everywhere."""
    if not other:
        return tuple(planned)
    return tuple(one for one in planned if any(same_place(one, two, facts.areas) for two in other))


def _in_groups(named: Iterable[str], groups: Iterable[str], facts: Facts) -> list[str]:
    wanted = set(groups)
    return [one for one in named if (known := facts.areas.get(one)) and set(known.groups) & wanted]


def evaluate(rows: Iterable[Row], facts: Facts, at: str) -> list[Finding]:
    """Every rule this plan breaks now (`plan` or `start`), refusals first, each with its source."""
    by_check = {row["check"]: row for row in rows}
    found = []
    for check, row in by_check.items():
        hit = CHECKS[check](row, facts, by_check) if at in row["at"] and check in CHECKS else None
        if hit is not None and not (hit.noted and at == START):
            found.append(_finding(row, hit))
    return sorted(found, key=lambda one: ("block", "defer", "caution", "note").index(one.outcome))


def _finding(row: Row, hit: Hit) -> Finding:
    outcome = "note" if hit.noted else row["outcome"]
    said = row["title"] if hit.noted else row["reason"]
    cited = ", ".join(_cited(one) for one in row["evidence"])
    override = row.get("override", BY_OUTCOME[outcome])
    text = f"{said.rstrip('.')}. {hit.detail}".strip() if hit.detail else said
    return Finding(row["id"], row["rule"], outcome, text, cited, override, hit.earliest_on, hit.areas)


def _cited(item: Mapping[str, str]) -> str:
    return f"{item['source']} [{item['tag']}]" if "source" in item else f"[{item['tag']}]"


# Toxin


def last_toxin(facts: Facts) -> date | None:
    """The last day of toxin: the later of the clinic's records and of what the patient said (T01)."""
    days = [one.on for one in facts.treated([TOXIN])]
    told = facts.day_said("T01.on")
    if told is not None and told <= facts.on:
        days.append(told)
    return max(days, default=None)


def is_same_course(facts: Facts, until_day: int) -> bool:
    """Is the planned toxin a top-up of the last course: the same brand, in areas of that course (T02)?

    What the records show must hold; where the last toxin was given elsewhere, only T02 can say so.
    """
    last, said = last_toxin(facts), facts.said.get("T02")
    if last is None or said == "no":
        return False
    ours = [one for one in facts.treated([TOXIN]) if one.on >= last - timedelta(days=until_day)]
    confirmed = said == "yes" and all(
        facts.said.get(f"T02.{part}") == "yes" for part in ("same_course", "within_cap")
    )
    if not any(one.on == last for one in ours):
        return confirmed
    return (confirmed or said is None) and all(
        _continues(one, ours, facts) for one in facts.plan if one.product_class == TOXIN
    )


def _continues(planned: Planned, course: Sequence[Treated], facts: Facts) -> bool:
    same_brand = [one for one in course if one.brand == planned.brand]
    treated = {base(area, facts.areas) for one in same_brand for area in one.areas}
    return {base(area, facts.areas) for area in planned.areas} <= treated


def _toxin_top_up(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    last = last_toxin(facts)
    if not facts.has([TOXIN]) or last is None or not is_same_course(facts, row["until_day"]):
        return None
    opens = last + timedelta(days=row["days"])
    return Hit(tuple(facts.planned([TOXIN])), opens) if facts.on < opens else None


def _toxin_course(row: Row, facts: Facts, rows: Mapping[str, Row]) -> Hit | None:
    last, interval = last_toxin(facts), facts.settings.get(row["setting"]["key"])
    if not facts.has([TOXIN]) or last is None or interval is None:
        return None
    top_up = rows.get("toxin_top_up")
    if (
        top_up
        and (facts.on - last).days <= top_up["until_day"]
        and is_same_course(facts, top_up["until_day"])
    ):
        return None
    earliest = last + timedelta(days=interval)
    detail = f"The shortest time set here is {interval} days."
    return Hit(tuple(facts.planned([TOXIN])), earliest, detail) if facts.on < earliest else None


# Toxin and filler


def _filler_after_toxin(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    if not facts.has(FILLER):
        return None
    toxin_on = facts.on if facts.has([TOXIN]) else last_toxin(facts)
    if toxin_on is None or not (_is_first_time(facts, toxin_on) or _is_complex(row, facts)):
        return None
    earliest = toxin_on + timedelta(days=row["days"])
    return Hit(tuple(facts.planned(FILLER)), earliest) if facts.on < earliest else None


def _is_first_time(facts: Facts, toxin_on: date) -> bool:
    """Never toxin before that day, or never filler before today, as far as records and answers say."""
    if facts.first_visit:
        return True
    told = facts.day_said("T01.on")
    toxin = any(one.on < toxin_on for one in facts.treated([TOXIN])) or bool(told and told < toxin_on)
    filler = any(one.on < facts.on for one in facts.treated(FILLER)) or facts.said.get("F01") == "yes"
    return not (toxin and filler)


def _is_complex(row: Row, facts: Facts) -> bool:
    every = facts.planned([TOXIN, *FILLER])
    return len({base(one, facts.areas) for one in every}) > int(row["complex_areas"])


def _same_session(_: Row, facts: Facts, __: Mapping[str, Row]) -> Hit | None:
    if not (facts.has([TOXIN]) and facts.has(FILLER)):
        return None
    shared = _meets(facts.planned(FILLER), facts.planned([TOXIN]), facts)
    return Hit(shared) if shared else Hit(noted=True)


def _no_moulding(_: Row, facts: Facts, __: Mapping[str, Row]) -> Hit | None:
    if not (facts.has([TOXIN]) and facts.has(FILLER)):
        return None
    shared = _meets(facts.planned(FILLER), facts.planned([TOXIN]), facts)
    return Hit(shared, noted=not shared)


# Filler


def _staged_areas(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    staged = _in_groups(facts.planned(row["product_classes"]), row["groups"], facts)
    today = [one for one in facts.treated(row["product_classes"]) if one.on == facts.on]
    again = [area for area in staged if any(_meets([area], one.areas, facts) for one in today)]
    if again:
        return Hit(tuple(again))
    return Hit(tuple(staged), noted=True) if staged else None


def _filler_top_up(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    return _too_soon_here(row, facts, [(one.on, one.areas) for one in facts.treated(row["product_classes"])])


def _after_dissolving(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    known = [(one.on, one.areas) for one in facts.dissolved if one.on <= facts.on]
    return _too_soon_here(row, facts, known)


def _too_soon_here(row: Row, facts: Facts, known: Iterable[tuple[date, Sequence[str]]]) -> Hit | None:
    """Areas where something was done less than the row's days ago, and the day the last wait is over."""
    wait = timedelta(days=row["days"])
    recent = [(on, areas) for on, areas in known if facts.on < on + wait]
    planned = facts.planned(row["product_classes"])
    hits = [(on, met) for on, areas in recent if (met := _meets(planned, areas, facts))]
    if not hits:
        return None
    places = tuple(dict.fromkeys(area for _, met in hits for area in met))
    return Hit(places, max(on for on, _ in hits) + wait)


def _filler_areas(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    named = list(dict.fromkeys(base(one, facts.areas) for one in facts.planned(FILLER)))
    return Hit(tuple(named)) if len(named) > row["areas"] else None


def _earlier_material(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    planned = facts.planned(row["product_classes"])
    permanent = facts.said.get("F02") in ("yes", "unknown") or facts.said.get("F03") == "yes"
    if permanent and planned:
        return Hit(tuple(planned))
    before = [area for one in facts.treated([OTHER]) for area in _meets(planned, one.areas, facts)]
    return Hit(tuple(dict.fromkeys(before))) if before else None


# The visit


def _event(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    event_on, longer = facts.day_said("G54.on"), row["longer"]
    everything = facts.planned([TOXIN, *FILLER])
    near = _in_groups(facts.planned(FILLER), longer["groups"], facts)
    days = facts.settings.get((longer if near else row)["setting"]["key"])
    if event_on is None or days is None or event_on < facts.on:
        return None
    if (event_on - facts.on).days >= days:
        return None
    last = event_on - timedelta(days=days)
    detail = f"The last day that leaves {days} days before it is {_day(last)}."
    return Hit(tuple(everything), event_on + timedelta(days=1), detail)


def _day(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def _first_visit(row: Row, facts: Facts, _: Mapping[str, Row]) -> Hit | None:
    if not facts.first_visit:
        return None
    classes = {one.product_class for one in facts.plan}
    named = list(dict.fromkeys(base(one, facts.areas) for one in facts.planned([TOXIN, *FILLER])))
    big = len(classes) > row["classes"] or len(named) > row["areas"]
    return Hit(tuple(named)) if big else Hit(noted=True)


Check = Callable[[Row, Facts, Mapping[str, Row]], Hit | None]
CHECKS: dict[str, Check] = {
    "filler_after_toxin": _filler_after_toxin,
    "same_session": _same_session,
    "no_moulding": _no_moulding,
    "staged_areas": _staged_areas,
    "toxin_top_up": _toxin_top_up,
    "filler_top_up": _filler_top_up,
    "toxin_course": _toxin_course,
    "filler_areas": _filler_areas,
    "after_dissolving": _after_dissolving,
    "earlier_material": _earlier_material,
    "event": _event,
    "first_visit": _first_visit,
}  # C12 (`target`) is asked by the plan page itself: a product without a target is not planned


@dataclass(frozen=True)
class Injecting:
    """One injection about to be given: its class and area; `tops_up`: beyond what was planned there.

    `given`: (class, area) of what went in before it in this visit. `waiting`: planned classes of which
    nothing went in yet.
    """

    product_class: str
    area: str
    tops_up: bool
    given: tuple[tuple[str, str], ...]
    waiting: frozenset[str]


def at_injection(rows: Iterable[Row], one: Injecting, areas: Mapping[str, Area]) -> list[Finding]:
    """What the sequence says right before an injection: a reason is asked for a caution, a note is shown."""
    by_check = {row["check"]: row for row in rows if "injection" in row["at"]}
    found = []
    if one.product_class in FILLER and TOXIN in one.waiting and (row := by_check.get("same_session")):
        found.append(_finding(row, Hit((one.area,), detail="The planned toxin has not been injected yet.")))
    if one.product_class in FILLER and (row := by_check.get("no_moulding")):
        under = [area for kind, area in one.given if kind == TOXIN and same_place(one.area, area, areas)]
        toxin = any(kind == TOXIN for kind, _ in one.given)
        found += [replace(_finding(row, Hit((one.area,), noted=not under)), outcome="note")] if toxin else []
    row = by_check.get("staged_areas")
    known = areas.get(one.area)
    if row and one.tops_up and one.product_class in row["product_classes"] and known:
        found += [_finding(row, Hit((one.area,)))] if set(known.groups) & set(row["groups"]) else []
    return found
