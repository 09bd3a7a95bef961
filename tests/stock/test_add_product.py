from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import db
from safety.stock.models import Product
from tests.factories import looking
from tests.page import Page, Visitor

HYALASE: dict[str, Any] = {
    "product_class": "hyaluronidase", "name": "Hyalase 1500", "brand": "Hyalase", "manufacturer": "Wockhardt",
    "container": "ampoule", "amount_unit": "units", "amount": "1500", "volume_key": "hyalase_1500",
    "single_use": "yes", "gtin": "",
}  # fmt: skip
FILLER: dict[str, Any] = {
    "product_class": "ha_filler", "name": "Lip filler", "brand": "Juvederm Volbella", "container": "syringe",
    "amount_unit": "ul", "amount": "0,55", "volume_key": "", "reversible": True,
}  # fmt: skip


def add(ada: Visitor, status: int = 200, **changes: Any) -> Page:
    return ada.get("/stock/products/new").submit("Add product", status=status, **{**HYALASE, **changes})


def products(app: Flask) -> list[Product]:
    with looking(app):
        return list(db.session.scalars(sa.select(Product)))


def test_it_works(app: Flask, ada: Visitor) -> None:
    page = add(ada)
    assert page.h1 == "Receive stock"
    (product,) = products(app)
    assert (product.amount_per_container, product.volume_key, product.single_use) == (
        1500,
        "hyalase_1500",
        True,
    )
    assert page.find("option", value=product.id).has(selected=True)


def test_millilitres_are_kept_as_microlitres(app: Flask, ada: Visitor) -> None:
    add(ada, **FILLER)
    (product,) = products(app)
    assert (product.amount_per_container, product.brand, product.reversible) == (
        550,
        "juvederm_volbella",
        True,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "Enter the name"),
        ({"brand": ""}, "Enter the brand"),
        ({"manufacturer": ""}, "Enter the maker"),
        ({"amount": ""}, "Enter how much"),
        ({"amount": "0", "volume_key": ""}, "above zero"),
        ({"amount": "150"}, "The protocol says"),
        ({"amount": "1,500"}, "whole units"),
        ({"amount_unit": "ul", "amount": "1.5"}, "counted in units"),
        ({**FILLER, "volume_key": "hyalase_1500", "amount": "1.50"}, "Choose none of these"),
        ({"gtin": "4006381333932"}, "do not fit together"),
        ({"product_class": None}, "Choose what it is"),
        ({"single_use": None}, "Choose what happens"),
    ],
)
def test_wrong_values_are_named_at_the_field_and_nothing_is_stored(
    app: Flask, ada: Visitor, changes: dict[str, Any], message: str
) -> None:
    page = add(ada, 422, **changes)
    assert any(message in error for error in page.errors), page.errors
    assert products(app) == []


def test_one_name_is_one_product_in_a_clinic(app: Flask, ada: Visitor, eve: Visitor) -> None:
    add(ada)
    assert "There is a product of this name" in add(ada, 422).errors[0]
    add(eve)  # another clinic has its own list
    assert len(products(app)) == 2


def test_the_safety_officer_adds_no_products(sam: Visitor) -> None:
    sam.get("/stock/products/new", 403)
