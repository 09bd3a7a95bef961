"""What a new version of a protocol changes: every number and every word, by its place in the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Any


@dataclass(frozen=True)
class Change:
    """One number or word that differs between two versions; None: it does not exist there."""

    where: str
    before: str | None
    after: str | None


def changes(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Change]:
    """What differs between two resolved bodies, by place: each changed, added and removed number and text."""
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    places = [*old, *(place for place in new if place not in old)]
    return [
        Change(" · ".join(place), old.get(place), new.get(place))
        for place in places
        if old.get(place) != new.get(place) and place[0] != "version"
    ]


def _leaves(value: Json, place: tuple[str, ...]) -> list[tuple[tuple[str, ...], str]]:
    """Every plain value with its place; list items go by their id, so that a new one does not shift all."""
    if isinstance(value, Mapping):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*place, str(key)))]
    if isinstance(value, list):
        named = [(_name(item, index), item) for index, item in enumerate(value)]
        return [leaf for name, item in named for leaf in _leaves(item, (*place, name))]
    return [(place, _plain(value))]


def _name(item: Json, index: int) -> str:
    if isinstance(item, Mapping):
        return str(item.get("id") or item.get("key") or item.get("code") or index + 1)
    return str(index + 1)


def _plain(value: Json) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
