"""What the rescue protocol says about stock: the products it knows, and when an expiry is near."""

from safety.protocols import actions as protocols

PROTOCOL = "vascular_occlusion"


def rescue_products() -> dict[str, tuple[str, int]]:
    """Hyaluronidase products the protocol has volumes for: key → name and units in one container."""
    listed = protocols.in_force(PROTOCOL).body["products"]
    return {item["id"]: (item["title"], item["units_per_container"]) for item in listed}


def expiring_days() -> int:
    """A lot that expires in fewer days than this is about to expire (clinical specification 7.1)."""
    days: int = protocols.in_force(PROTOCOL).body["stock"]["expiring"]["days"]
    return days
