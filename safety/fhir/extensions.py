"""Our extensions of a QuestionnaireResponse, read strictly: known names, known parts. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from safety.fhir.words import BASE

Json = Any
Tell = Callable[[str, str], None]
ONE = {
    "file-sha256": "valueString",
    "digest": "valueString",
    "assessed-on": "valueDate",
    "first-visit": "valueBoolean",
    "gates": "valueCode",
}
PRODUCT: dict[str, tuple[str, ...]] = {
    "product-class": ("valueCode",),
    "brand": ("valueString",),
    "area": ("valueCode",),
    "units": ("valueInteger",),
}
PARTS: dict[str, dict[str, tuple[str, ...]]] = {
    "parameter": {"key": ("valueString",), "value": ("valueString", "valueInteger", "valueBoolean")},
    "plan": PRODUCT,
    "history": {**{name: kinds for name, kinds in PRODUCT.items() if name != "units"}, "on": ("valueDate",)},
}
NEEDED = {
    "parameter": {"key", "value"},
    "plan": {"product-class", "area"},
    "history": {"product-class", "on"},
}
KINDS = {"valueString": str, "valueCode": str, "valueDate": str, "valueInteger": int, "valueBoolean": bool}


def read_extensions(listed: Json, tell: Tell) -> dict[str, Json]:
    """{name: value} for what stands once, {name: [parts]} for parameters, plan and history.

    Every fault is told with the place; what is faulty or missing is not in the result.
    """
    found: dict[str, Json] = {"parameter": [], "plan": [], "history": []}
    for item in listed if isinstance(listed, list) else []:
        name = _name(item)
        if name in PARTS:
            found[name].append(_parts(name, item, tell))
        elif name not in ONE:
            tell("extension", f"{name or 'without an address'} is not one this program reads")
        elif name in found:
            tell(f"extension {name}", "stands more than once")
        elif (value := _value(item, (ONE[name],), f"extension {name}", tell)) is not None:
            found[name] = value
    for name in (*ONE, "plan"):
        if not found.get(name):
            _tell_missing(name, found, tell)
    return found


def _tell_missing(name: str, found: Mapping[str, Json], tell: Tell) -> None:
    if found.get(name) is not False:
        tell(f"extension {name}", "is missing")


def _name(item: Json) -> str:
    url = item.get("url") if isinstance(item, Mapping) else None
    return url.removeprefix(BASE) if isinstance(url, str) else ""


def _parts(name: str, item: Mapping[str, Json], tell: Tell) -> dict[str, list[Json]]:
    place, found = f"extension {name}", dict[str, list[Json]]()
    if set(item) != {"url", "extension"} or not isinstance(item["extension"], list):
        tell(place, "must have parts and nothing else")
        return found
    for each in item["extension"]:
        key = str(each.get("url")) if isinstance(each, Mapping) else ""
        if key not in PARTS[name]:
            tell(place, f"{key or 'a part without a name'} is not one of its parts")
        elif (value := _value(each, PARTS[name][key], f"{place} {key}", tell)) is not None:
            found.setdefault(key, []).append(value)
    for key, reason in _odd(name, found):
        tell(f"{place} {key}", reason)
    return found


def _odd(name: str, found: Mapping[str, list[Json]]) -> Iterator[tuple[str, str]]:
    yield from ((key, "is missing") for key in sorted(NEEDED[name] - set(found)))
    yield from (
        (key, "stands more than once") for key, values in found.items() if key != "area" and values[1:]
    )


def _value(item: Mapping[str, Json], kinds: tuple[str, ...], place: str, tell: Tell) -> Json:
    """The one value of an extension; None, and told, when it is not of its type."""
    kind = next((kind for kind in kinds if set(item) == {"url", kind}), None)
    value = item[kind] if kind else None
    if kind is None or type(value) is not KINDS[kind] or value == "":
        tell(place, f"must have {' or '.join(kinds)} and nothing else")
        return None
    if kind == "valueDate" and not is_day(value):
        tell(place, "must be a date that exists, such as 2026-03-10")
        return None
    return value


def is_day(value: Json) -> bool:
    """Whether this is a whole date that exists, written as FHIR writes it."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
