"""Ways to put things on the shelf, by the same actions as the pages."""

from datetime import date, datetime, timedelta

from flask import Flask

from safety import clock
from safety.audit.log import Actor
from safety.stock import actions, ledger
from safety.stock.actions import Delivery, NewProduct
from safety.stock.models import AmountUnit, Container, Lot, Product, ProductClass
from safety.stock.rules import Holding
from tests.factories import Cast, arranging, looking

HYALASE = NewProduct(
    "Hyalase 1500", "Wockhardt", ProductClass.HYALURONIDASE, "hyalase", None, AmountUnit.UNITS, 1500,
    Container.AMPOULE, "hyalase_1500", single_use=True, reversible=False,
)  # fmt: skip
HYLENEX = NewProduct(
    "Hylenex 150", "Halozyme", ProductClass.HYALURONIDASE, "hylenex", None, AmountUnit.UNITS, 150,
    Container.VIAL, "hylenex_150", single_use=True, reversible=False,
)  # fmt: skip
FILLER = NewProduct(
    "Lip filler 1 mL", "Filler maker", ProductClass.HA_FILLER, "juvederm", None, AmountUnit.MICROLITRES, 1000,
    Container.SYRINGE, None, single_use=True, reversible=True,
)  # fmt: skip
TOXIN = NewProduct(
    "Botox 100", "Allergan", ProductClass.TOXIN, "botox", None, AmountUnit.UNITS, 100,
    Container.VIAL, None, single_use=False, reversible=False,
)  # fmt: skip
BIOSTIMULATOR = NewProduct(
    "Radiesse 1.5 mL", "Merz", ProductClass.BIOSTIMULATOR, "radiesse", None, AmountUnit.MICROLITRES, 1500,
    Container.SYRINGE, None, single_use=True, reversible=False,
)  # fmt: skip


def today() -> date:
    """The clinic's day; its zone is London."""
    return clock.now().date()


def add_product(app: Flask, actor: Actor, new: NewProduct = HYALASE) -> str:
    """Id of the product, added when it is new."""
    with looking(app, actor.clinic_id):
        known = [product for product in ledger.products(in_use=False) if product.name == new.name]
        if known:
            return known[0].id
    with arranging(app, actor):
        return actions.add_product(actor, new, clock.now()).id


def put(
    app: Flask, cast: Cast, new: NewProduct = HYALASE, containers: int = 4, code: str = "H0118L",
    days: int = 300, who: str = "nora",
) -> str:  # fmt: skip
    """Id of a lot of `containers`, expiring `days` from today; an expired one came in when it was good."""
    actor = cast[who].actor
    product_id, expires_on = add_product(app, actor, new), today() + timedelta(days=days)
    received_on = min(today(), expires_on)
    with arranging(app, actor):
        delivery = Delivery(product_id, code, expires_on, containers)
        lot: Lot = actions.receive(actor, delivery, received_on, clock.now())
        return lot.id


def held(app: Flask, lot_id: str) -> Holding:
    """What the ledger says of a lot."""
    with looking(app):
        return ledger.on_hand(lot_id)


def product_of(app: Flask, lot_id: str) -> Product:
    """The product of a lot."""
    with looking(app):
        facts = ledger.lot_facts(lot_id)
        assert facts
        product = ledger.product(facts.product_id)
        assert product
        return product


def at(text: str) -> datetime:
    """An aware instant from ISO text."""
    return datetime.fromisoformat(text)
