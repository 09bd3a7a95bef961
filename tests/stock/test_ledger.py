"""The ledger under every order of acts, and under many hands at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from safety import clock
from safety.audit.log import Actor, seal
from safety.db import as_clinic, db, new_id, write_transaction
from safety.stock import actions, ledger, rescue
from safety.stock.actions import Delivery, Refused, Shelf, Use
from safety.stock.rules import Holding, balance, containers_for
from tests.factories import Cast, looking
from tests.stock.shelf import HYALASE, TOXIN, add_product, held, put, today

ACTS = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 5)),
    st.tuples(st.just("use"), st.integers(-1, 400)),
    st.tuples(st.just("waste"), st.integers(0, 3)),
    st.tuples(st.just("count"), st.integers(0, 6)),
    st.tuples(st.just("rescue"), st.integers(1, 400)),
    st.tuples(st.just("strike"), st.integers(0, 3)),
    st.tuples(st.just("reverse"), st.integers(0, 8)),
)


class Model:
    """The shelf as a few lines of arithmetic, beside the real one."""

    def __init__(self, app: Flask, actor: Actor, lot_id: str, product_id: str) -> None:
        self.app, self.actor, self.lot_id, self.product_id = app, actor, lot_id, product_id
        self.doses: list[str] = []
        self.rescued = False

    def act(self, name: str, number: int) -> bool:
        """Do it for real; False when it was refused."""
        with self.app.app_context(), as_clinic(self.actor.clinic_id), write_transaction():
            try:
                getattr(self, name)(number)
            except Refused:
                return False
            if db.session.info.get("noted"):
                seal()
            return True

    def receive(self, number: int) -> None:
        delivery = Delivery(self.product_id, "L1", today() + timedelta(days=90), number)
        actions.receive(self.actor, delivery, today(), clock.now())

    def use(self, number: int) -> None:
        actions.use(self.actor, Use(self.lot_id, number), today(), clock.now())

    def waste(self, number: int) -> None:
        actions.waste(self.actor, self.lot_id, number, "dropped", clock.now())

    def count(self, number: int) -> None:
        actions.count(self.actor, Shelf(self.lot_id, number, reason="counted"), clock.now())

    def rescue(self, number: int) -> None:
        self.rescued = True
        self.doses.append(new_id())
        rescue.take_rescue_dose(
            self.actor, lot_id=self.lot_id, lot_code="L1", units=number, emergency_event_id=self.doses[-1],
            happened_at=clock.now(), now=clock.now())  # fmt: skip

    def strike(self, number: int) -> None:
        if self.doses:
            dose = self.doses[number % len(self.doses)]
            rescue.reverse_rescue_dose(
                self.actor, emergency_event_id=dose, strike_event_id=new_id(), happened_at=clock.now(),
                now=clock.now())  # fmt: skip

    def reverse(self, number: int) -> None:
        lines = ledger.lines(self.lot_id)
        actions.reverse(self.actor, lines[number % len(lines)].position, "wrong", clock.now())


@settings(
    max_examples=40, deadline=None, phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.sampled_from([150, 100]), st.booleans(), st.lists(ACTS, max_size=14))
def test_the_balance_is_the_sum_and_never_below_zero_but_by_a_rescue(
    app: Flask, cast: Cast, per: int, single: bool, story: list[tuple[str, int]]
) -> None:
    actor, new = cast["nora"].actor, vars(HYALASE)
    kind = type(HYALASE)(**{**new, "name": new_id(), "amount_per_container": per, "single_use": single})
    lot_id = put(app, cast, kind, containers=2, code="L1", days=90)
    product_id = add_product(app, actor, kind)
    model = Model(app, actor, lot_id, product_id)
    for name, number in story:
        before = held(app, lot_id)
        done = model.act(name, number)
        after = held(app, lot_id)
        assert done or after == before, "what was refused left nothing behind"
        if name in ("use", "waste", "reverse") and done:
            assert after.amount >= 0
            assert after.containers >= 0
        if not model.rescued:
            assert after.amount >= 0
            assert after.containers == containers_for(after.amount, per)
    with looking(app):
        every = [Holding(line.containers, line.amount) for line in ledger.lines(lot_id)]
        assert balance(every) == held(app, lot_id)


@pytest.mark.parametrize(("product", "each", "given_in_all"), [(TOXIN, 10, 10), (HYALASE, 1500, 4)])
def test_forty_hands_take_the_last_of_a_lot(
    app: Flask, cast: Cast, product: actions.NewProduct, each: int, given_in_all: int
) -> None:
    lot_id = put(app, cast, product, containers=1 if product is TOXIN else 4)
    actor, start = cast["nora"].actor, threading.Barrier(40)

    def take(_: int) -> str:
        start.wait()
        with app.app_context(), as_clinic(cast.clinic_id):
            try:
                with write_transaction():
                    actions.use(actor, Use(lot_id, each), today(), clock.now())
                    seal()
            except Refused as refused:
                return str(refused)
        return "given"

    with ThreadPoolExecutor(40) as hands:
        answers = list(hands.map(take, range(40)))
    assert answers.count("given") == given_in_all
    assert {a for a in answers if a != "given"} == {
        "Lot H0118L cannot be used. Nothing left. Choose another lot"
    }
    assert held(app, lot_id) == Holding()


def test_two_processes_worth_of_engines_share_one_lock(app: Flask, cast: Cast) -> None:
    """Two applications on one database, each with its own connections, as two servers would be."""
    from safety import create_app

    lot_id, actor = put(app, cast, TOXIN, containers=1), cast["nora"].actor
    other = create_app(app.config["REFLOW"])

    def take(which: Flask) -> str:
        with which.app_context(), as_clinic(cast.clinic_id):
            try:
                with write_transaction():
                    actions.use(actor, Use(lot_id, 10), today(), clock.now())
                    seal()
            except Refused:
                return "refused"
        return "given"

    with ThreadPoolExecutor(12) as hands:
        answers = list(hands.map(take, [app, other] * 12))
    with other.app_context():
        db.session.remove()
        db.engine.dispose()
    assert answers.count("given") == 10
    assert held(app, lot_id) == Holding()
