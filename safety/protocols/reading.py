"""A protocol laid out for reading: every sentence, number, rule and dose, each with where it comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from safety.protocols.rules import NAMES_OF_A_FIGURE, UNVERIFIED_TAGS, figures
from safety.protocols.structure import sources

Json = Any
Where = tuple[str | int, ...]
ABOUT = frozenset({"format", "id", "version", "kind", "title", "summary", "parameters", "digest"})
CONDITIONS = frozenset({"when", "shown_if", "applies", "scope", "earliest", "where", "data", "answered_by"})
NAMES = ("id", "key", "code")
OFFERED = frozenset({"value", "label", "key", "hint", "look", "type", "data"})  # an answer one can tap
SHORT = {
    "eq": "is", "in": "is one of", "has": "includes", "lt": "below", "lte": "at most", "gt": "above",
    "gte": "at least", "not_brands": "other brands than", "areas_from": "areas named in", "q": "",
    "param": "the setting",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line to read. `depth` 0 is the outermost; a heading has no details."""

    depth: int
    name: str
    text: str
    details: tuple[tuple[str, str], ...]
    evidence: tuple[str, ...]
    unverified: bool
    locked: bool
    is_heading: bool = False


@dataclass(frozen=True)
class Chapter:
    """One part of the file."""

    id: str
    title: str
    entries: tuple[Entry, ...]


def chapters(body: Mapping[str, Json]) -> list[Chapter]:
    """The whole protocol but its parameters, in the order of the file; figures in the words one ticks."""
    said = {figure.where: figure.text for figure in figures({**body, "parameters": []})}
    parts = [(key, value) for key, value in body.items() if key not in ABOUT]
    return [
        Chapter(key, words(key).capitalize(), tuple(_entries(value, (key,), 0, said))) for key, value in parts
    ]


def words(key: str) -> str:
    """A key as words: refill_every → refill every."""
    return key.replace("_", " ")


def _entries(value: Json, where: Where, depth: int, said: Mapping[Where, str]) -> Iterator[Entry]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _entries(item, (*where, index), depth, said)
    elif isinstance(value, Mapping):
        yield from _node(value, where, depth, said)
    else:
        yield Entry(depth, "", _plain(value), (), (), False, False)


def _node(node: Mapping[str, Json], where: Where, depth: int, said: Mapping[Where, str]) -> Iterator[Entry]:
    """The node's own line, then what lies inside it."""
    name = next((str(node[key]) for key in NAMES if key in node), "")
    spoken = next((key for key in NAMES_OF_A_FIGURE if key in node), None)
    skip = {*NAMES, "evidence", "locked", spoken}
    skip |= {key for key, item in node.items() if item is None or item == [] or item == ""}
    lines = {key: item for key, item in node.items() if key not in skip and _is_line(key, item)}
    inside = {key: item for key, item in node.items() if key not in skip and key not in lines}
    text = said.get(where) or (str(node[spoken]) if spoken else "")
    if name or text or lines:
        evidence = node.get("evidence", [])
        yield Entry(
            depth, name, text, tuple((words(key), _plain(item)) for key, item in lines.items()),
            tuple(map(cited, evidence)), is_unverified(evidence),
            bool(node.get("locked")) or node.get("override") == "none",
        )  # fmt: skip
    for key, item in inside.items():
        yield Entry(depth + 1, "", words(key).capitalize(), (), (), False, False, is_heading=True)
        yield from _entries(item, (*where, key), depth + 1, said)


def _is_line(key: str, item: Json) -> bool:
    """Does this value fit in one line: a plain value, a condition, a list of plain values, choices?"""
    if key in CONDITIONS or not isinstance(item, Mapping | list):
        return True
    if isinstance(item, list):
        return all(not isinstance(one, Mapping | list) or _is_choice(one) for one in item)
    return set(item) == {"param"}


def _is_choice(item: Json) -> bool:
    return isinstance(item, Mapping) and set(item) <= {
        "value",
        "label",
        "key",
        "hint",
        "look",
        "type",
        "data",
    }


def _plain(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_choice(one) if _is_choice(one) else _plain(one) for one in value)
    if isinstance(value, Mapping):
        return condition(value)
    return "nothing" if value is None else str(value)


def _choice(item: Mapping[str, Json]) -> str:
    return str(item.get("label") or item.get("value") or item.get("key"))


def condition(value: Mapping[str, Json]) -> str:
    """A condition in words: {q: G22, eq: local} → "G22 is local"."""
    for joined, word in (("all", " and "), ("any", " or ")):
        if joined in value:
            return word.join(_plain(one) for one in value[joined])
    if "not" in value:
        return f"not ({_plain(value['not'])})"
    return " ".join(_part(key, item) for key, item in value.items()).strip()


def _part(key: str, item: Json) -> str:
    spoken = SHORT.get(key, words(key))
    return f"{spoken} {_plain(item)}".strip()


def cited(item: Mapping[str, str]) -> str:
    """One piece of evidence: "DEL17 [S2], dose range"."""
    source = f"{item['source']} [{item['tag']}]" if "source" in item else f"[{item['tag']}]"
    return f"{source}, {item['note']}" if "note" in item else source


def is_unverified(evidence: list[Mapping[str, str]]) -> bool:
    """Has nobody seen this in any source?"""
    return bool(evidence) and {item["tag"] for item in evidence} <= UNVERIFIED_TAGS


def cited_sources(body: Mapping[str, Json]) -> list[tuple[str, str]]:
    """(key, citation) of every source the protocol names, by key."""
    known, named = sources(), set(_named(body))
    return [(key, str(known[key]["citation"])) for key in sorted(named) if key in known]


def _named(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from (str(item["source"]) for item in value.get("evidence", []) if "source" in item)
        for item in value.values():
            yield from _named(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)


def locked(body: Mapping[str, Json]) -> list[Entry]:
    """What no clinic can change or override."""
    return [entry for chapter in chapters(body) for entry in chapter.entries if entry.locked]
