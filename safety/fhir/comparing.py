"""Is this Questionnaire the one we write? Compared item by item, so that a tampered one is named. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
OURS_ALONE = frozenset({"status", "approvalDate", "item", "meta"})  # not part of what is asked


def differences(ours: Mapping[str, Json], theirs: Json) -> Iterator[str]:
    """Each element or item that differs, with its linkId."""
    if not isinstance(theirs, Mapping):
        yield "questionnaire: must be an object"
        return
    yield from _elements("questionnaire", ours, theirs)
    wanted, given = dict(_flat(ours, None)), dict(_flat(theirs, None))
    for name in [*wanted, *(name for name in given if name not in wanted)]:
        if name not in given or name not in wanted:
            yield f"{name}: is {'missing' if name in wanted else 'not in this version'}"
        else:
            yield from _elements(name, wanted[name], given[name])
    if [*wanted] != [name for name, _ in _flat(theirs, None)]:
        yield "questionnaire: its items stand in another order, or twice"


def _elements(name: str, ours: Mapping[str, Json], theirs: Mapping[str, Json]) -> Iterator[str]:
    for key in sorted({*ours, *theirs} - OURS_ALONE):
        if ours.get(key) != theirs.get(key):
            yield f"{name}: {key} differs from this version's"


def _flat(node: Mapping[str, Json], under: str | None) -> Iterator[tuple[str, dict[str, Json]]]:
    listed = node.get("item", [])
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, Mapping):
            name = str(item.get("linkId"))
            yield name, {**item, "stands under": under}
            yield from _flat(item, name)
