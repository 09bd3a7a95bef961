"""What stands on the shelves: products, lots received over the months, one expired, one kept from use."""

from typing import Any

from safety.db import db
from safety.demonstration.stage import Stage, Story
from safety.stock import actions
from safety.stock.actions import Delivery, NewProduct, Shelf
from safety.stock.models import AmountUnit, Container, Lot, LotState, ProductClass


def fill(stage: Stage, story: Story) -> None:
    """Products, then lots in the order they came in."""
    for said in story["products"]:
        _add_product(stage, said)
    for said in sorted(story["lots"], key=lambda lot: int(lot["received"])):
        _receive(stage, said)
    for said in story["lots"]:
        _keep_from_use(stage, said)


def count(stage: Stage, story: Story) -> None:
    """This morning's count of what saves skin."""
    for said in story["lots"]:
        if told := said.get("counted"):
            shelf = Shelf(stage.lots[said["key"]], sealed=told["sealed"])
            actions.count(stage.actor("nurse"), shelf, stage.at(told["days"], minutes=-200))


def _add_product(stage: Stage, said: dict[str, Any]) -> None:
    new = NewProduct(
        name=said["name"],
        manufacturer=said["manufacturer"],
        product_class=ProductClass(said["product_class"]),
        brand=said["brand"],
        gtin=said.get("gtin"),
        amount_unit=AmountUnit(said["amount_unit"]),
        amount_per_container=said["amount_per_container"],
        container=Container(said["container"]),
        volume_key=said.get("volume_key"),
        single_use=said["single_use"],
        reversible=said.get("reversible", False),
    )
    stage.products[said["key"]] = actions.add_product(stage.actor("admin"), new, stage.now).id


def _receive(stage: Stage, said: dict[str, Any]) -> None:
    delivery = Delivery(
        product_id=stage.products[said["product"]],
        code=said["code"],
        expires_on=stage.day(said["expires"]),
        containers=said["containers"],
        room_id=stage.room_id(said.get("room")),
    )
    came_in = said["received"]
    lot = actions.receive(stage.actor("nurse"), delivery, stage.day(came_in), stage.at(came_in))
    stage.lots[said["key"]] = lot.id


def _keep_from_use(stage: Stage, said: dict[str, Any]) -> None:
    for state in (LotState.QUARANTINED, LotState.RECALLED):
        if told := said.get(state.value):
            lot = db.session.get_one(Lot, stage.lots[said["key"]])
            actions.quarantine(stage.actor("nurse"), lot, state, told["reason"], stage.at(told["days"]))
