"""What the rescue protocol says about stock: the products it knows, and when an expiry is near."""

from collections.abc import Iterable, Mapping
from typing import Any

from safety.protocols import actions as protocols
from safety.stock.rules import ProductClass

Json = Any
PROTOCOL, DAY = "vascular_occlusion", "treatment"


def rescue_products() -> dict[str, tuple[str, int]]:
    """Hyaluronidase products the protocol has volumes for: key → name and units in one container."""
    listed = protocols.in_force(PROTOCOL).body["products"]
    return {item["id"]: (item["title"], item["units_per_container"]) for item in listed}


def expiring_days() -> int:
    """A lot that expires in fewer days than this is about to expire (clinical specification 7.1)."""
    days: int = protocols.in_force(PROTOCOL).body["stock"]["expiring"]["days"]
    return days


def day_body() -> Mapping[str, Json]:
    """What the clinic goes by on a treatment day. A version signed before storage was in it is helped out by
    the newest file.
    """
    body: Mapping[str, Json] = protocols.in_force(DAY).body
    return body if "use_by" in body else protocols.unsigned(DAY)


def of_brand(rows: Iterable[Mapping[str, Json]], brand: str) -> list[Mapping[str, Json]]:
    """The rows that name a brand, however its name is written."""
    return [row for row in rows if plain(brand) in {plain(one) for one in row.get("brands", ())}]


def plain(brand: str) -> str:
    """A brand's name as it is compared: Botox Cosmetic is botox_cosmetic."""
    return "_".join(brand.casefold().split())


def storage(brand: str, product_class: ProductClass) -> list[str]:
    """How a product is kept, unopened and opened, in the words of the protocol: shown beside its lots."""
    body = day_body()
    rows = [*body.get("storage", ()), *body.get("use_by", ())]
    mine = of_brand(rows, brand) or [one for one in rows if product_class in one.get("product_classes", ())]
    return [str(one["title"]) for one in mine]
