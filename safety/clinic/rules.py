"""What a clinic's own details must look like."""

import re
from functools import lru_cache
from zoneinfo import available_timezones

PHONE = re.compile(r"\+?[0-9 ()./-]{3,40}")
MOST_ROOMS = 40
REGIONS = frozenset(
    ["Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)


@lru_cache(maxsize=1)
def time_zones() -> tuple[str, ...]:
    """Names of the zones people live in, such as Europe/London, sorted."""
    return tuple(sorted(name for name in available_timezones() if name.split("/")[0] in REGIONS))


def phone_problem(phone: str) -> str | None:
    """What is wrong with a telephone number, or None. An ambulance's short number is one too."""
    if not PHONE.fullmatch(phone) or sum(sign.isdigit() for sign in phone) < 3:
        return "Enter a telephone number, digits and blanks only, for example +44 117 496 0000"
    return None


def room_names(text: str) -> tuple[str, ...]:
    """The rooms typed one to a line, without empty lines."""
    return tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())


def rooms_problem(names: tuple[str, ...]) -> str | None:
    """What is wrong with the names of a clinic's rooms, or None."""
    if not names:
        return "Enter at least one room, for example Room 1"
    if len(names) > MOST_ROOMS:
        return f"Enter {MOST_ROOMS} rooms or fewer"
    if any(len(name) > 60 for name in names):
        return "Use 60 characters or fewer for each room"
    if len({name.casefold() for name in names}) < len(names):
        return "Give each room its own name"
    return None
