"""Before start and injection: is the order kept, is the amount meant, and who stands behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from safety.audit.log import Actor
from safety.stock.actions import Refused
from safety.treatments import amounts, judging
from safety.treatments.amounts import Doubt
from safety.treatments.models import PlanItem
from safety.treatments.planning import Answers, Keeping, must_be_second, refusal
from safety.treatments.reading import Chart
from safety.treatments.sequence import Finding
from safety.treatments.visit import Missing

if TYPE_CHECKING:
    from safety.treatments.actions import Given


def not_meant(chart: Chart) -> list[Missing]:
    """Findings of sequence nobody answered for, and amounts no second person stands behind."""
    still = judging.open_at_start(chart)
    order = [Missing("sequence", _words(one)) for one in still.asked]
    return [*order, *(Missing("amount", f"{one.text}: a second person signs") for one in still.stops)]


def _words(one: Finding) -> str:
    return refusal(one) if one.refuses else f"{one.reason} Write why you go on"


def answer_at_start(actor: Actor, chart: Chart, answers: Answers, now: datetime) -> None:
    """Answer for what is open before the start. Raises Refused with the field."""
    still, keeping = judging.open_at_start(chart), _keeping(actor, chart, now)
    told = [one for one in still.asked if answers.reasons.get(one.rule)]
    if told and answers.proved is None:
        raise Refused("secret", "Sign the reasons with your PIN or password")
    if told and answers.proved is not None:
        keeping.reasons(told, answers.reasons, answers.proved)
    if still.stops and answers.second is not None:
        must_be_second(actor, answers.second)
        keeping.second(still.stops, answers.second)


def _keeping(actor: Actor, chart: Chart, now: datetime, injection_id: str | None = None) -> Keeping:
    return Keeping(actor, chart.treatment, judging.of_chart(chart), now, injection_id)


@dataclass(frozen=True)
class Asked:
    """What one injection raises: doubts about its amount, and the order it is given in."""

    doubts: tuple[Doubt, ...]
    order: tuple[Finding, ...]

    @property
    def stops(self) -> list[Doubt]:
        """What needs a second person."""
        return [one for one in self.doubts if one.level == amounts.STOP]

    @property
    def cautions(self) -> list[Finding]:
        """Findings that need a reason."""
        return [one for one in self.order if one.is_asked]


def asked(chart: Chart, item: PlanItem, area: str, side: str, amount: int) -> Asked:
    """What is said of this injection, for the page and for the action alike."""
    return Asked(
        tuple(judging.injection(chart, item, area, side, amount)),
        tuple(judging.order(chart, item, area, amount)),
    )


def must_be_meant(actor: Actor, chart: Chart, item: PlanItem, given: "Given") -> Asked:
    """The amount is meant and the order has a reason. Raises Refused with the field."""
    found = asked(chart, item, given.area, given.side, given.amount)
    if found.doubts and not given.sure:
        raise Refused("sure", f"{found.doubts[0].text}. Correct it, or confirm that it is meant")
    if found.stops:
        must_be_second(actor, given.second)
    for one in found.cautions:
        if not _reason(one, given):
            raise Refused("order_reason", f"{one.reason} Say why")
    return found


def _reason(one: Finding, given: "Given") -> str | None:
    """A top-up on the day has its reason already: why more is given than planned."""
    return given.order_reason or (given.reason if one.rule == "C04" else None)


def keep(actor: Actor, chart: Chart, given: "Given", found: Asked, injection_id: str, now: datetime) -> None:
    """Write down who meant what, beside the injection."""
    keeping = _keeping(actor, chart, now, injection_id)
    keeping.meant([one for one in found.doubts if one.level == amounts.WARN])
    if found.stops and given.second is not None:
        keeping.second(found.stops, given.second)
    for one in found.cautions:
        keeping.finding(one, _reason(one, given) or "", None)
