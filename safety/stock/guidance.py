"""What the rescue protocol says about stock: the products it knows, and when an expiry is near."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from safety.protocols.load import latest, load

PROTOCOL = "vascular_occlusion"


@lru_cache(maxsize=4)
def _body(path: Path, changed_ns: int) -> dict[str, Any]:
    return load(path).body


def body() -> dict[str, Any]:
    """The newest version of the rescue protocol, unresolved: for facts no clinic can set."""
    path = latest(PROTOCOL)
    return _body(path, path.stat().st_mtime_ns)


def rescue_products() -> dict[str, tuple[str, int]]:
    """Hyaluronidase products the protocol has volumes for: key → name and units in one container."""
    listed = body()["products"]
    return {item["id"]: (item["title"], item["units_per_container"]) for item in listed}


def expiring_days() -> int:
    """A lot that expires in fewer days than this is about to expire."""
    days: int = body()["stock"]["expiring"]["days"]
    return days
