"""Fresh passwords and PINs for the demonstration clinic: nobody can look them up in the source."""

import secrets
from typing import Any

from safety.staff import hashing, rules
from safety.staff.actions import Joining
from safety.staff.models import Role

WORDS = [
    "amber",
    "anchor",
    "apple",
    "autumn",
    "basket",
    "beacon",
    "birch",
    "biscuit",
    "bridge",
    "bronze",
    "butter",
    "candle",
    "canvas",
    "carpet",
    "cedar",
    "cherry",
    "cinnamon",
    "clover",
    "cobalt",
    "copper",
    "coral",
    "cotton",
    "cricket",
    "crystal",
    "dapple",
    "ember",
    "falcon",
    "feather",
    "fennel",
    "garden",
    "ginger",
    "granite",
    "harvest",
    "hazel",
    "heron",
    "honey",
    "indigo",
    "ivory",
    "jasmine",
    "juniper",
    "kettle",
    "ladder",
    "lantern",
    "lemon",
    "linen",
    "lobster",
    "magnet",
    "maple",
    "marble",
    "meadow",
    "mosaic",
    "nutmeg",
    "olive",
    "orchid",
    "otter",
    "oyster",
    "paper",
    "pebble",
    "pepper",
    "pigeon",
    "plum",
    "poppy",
    "quartz",
    "raven",
    "ribbon",
    "river",
    "saddle",
    "saffron",
    "silver",
    "sparrow",
    "spruce",
    "summer",
    "thistle",
    "timber",
    "tulip",
    "velvet",
    "walnut",
    "willow",
    "window",
    "winter",
    "yarrow",
]


def password() -> str:
    """Four words and a number: long enough by `rules`, and easy to type from a sheet of paper."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(4)), str(secrets.randbelow(90) + 10)])


def pin() -> str:
    """Six digits that `rules` accepts."""
    while rules.pin_problem(digits := f"{secrets.randbelow(10**6):06d}"):
        continue
    return digits


def make(staff: list[dict[str, str]]) -> tuple[list[Joining], dict[str, dict[str, Any]]]:
    """Everybody with the hashes to store, and role → what to hand out. Slow: no write transaction."""
    joinings, accounts = [], {}
    for person in staff:
        secret, digits = password(), pin()
        hashes = hashing.make(secret), hashing.make(digits)
        joinings.append(Joining(person["name"], person["username"], Role(person["role"]), *hashes))
        accounts[person["role"]] = {**person, "password": secret, "pin": digits}
    return joinings, accounts
