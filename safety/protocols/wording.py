"""Words a patient reads, by language: the file's first as `text`, others under `in`. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
Where = tuple[str | int, ...]
KINDS = frozenset({"consent", "aftercare"})
NOT_FOR_PATIENTS = frozenset({"parameters", "emergency_numbers", "evidence"})
BLANK = re.compile(r"{([a-z_]+)}")
BLANKS = frozenset({"clinic", "phone", "emergency", "from", "to", "version", "name", "day"})


def faults(body: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    """Sentences a language lacks, languages the file does not name, blanks nobody fills, keys used twice."""
    if body["kind"] not in KINDS:
        return
    codes = [one["code"] for one in body["languages"]]
    if len(set(codes)) < len(codes):
        yield ("languages",), "a language stands there twice"
    for where, node in _sentences(body, ()):
        yield from _lacking(where, node, codes)
        yield from _odd_blanks(where, node)
    yield from _twice(body)


def _lacking(where: Where, node: Mapping[str, Json], codes: list[str]) -> Iterator[tuple[Where, str]]:
    said = set(node.get("in", {}))
    for code in codes[1:]:
        if code not in said:
            yield where, f"this sentence is missing in the language {code}: a language needs every sentence"
    for code in sorted(said - set(codes[1:])):
        yield where, f"{code} is not among the other languages of this file"


def _odd_blanks(where: Where, node: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    wanted = set(BLANK.findall(node["text"]))
    for name in sorted(wanted - BLANKS):
        yield where, f"nobody fills in {{{name}}}"
    for code, text in node.get("in", {}).items():
        if set(BLANK.findall(text)) != wanted:
            yield where, f"in the language {code} this sentence has other blanks to fill in"


def _twice(body: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    for part, key in (("texts", "key"), ("sheets", "product_class")):
        named = [one[key] for one in body.get(part, [])]
        for index, name in enumerate(named):
            if name in named[:index]:
                yield (part, index, key), f"{name} stands there twice"


def _sentences(node: Json, where: Where) -> Iterator[tuple[Where, Mapping[str, Json]]]:
    """Every sentence of the file that a patient reads, with its place."""
    if isinstance(node, Mapping):
        if "text" in node:
            yield where, node
        for key, item in node.items():
            if key not in NOT_FOR_PATIENTS:
                yield from _sentences(item, (*where, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _sentences(item, (*where, index))


def sentences(body: Mapping[str, Json], code: str) -> list[str]:
    """Every sentence of a file in one language, in its order."""
    return [said(node, code) for _, node in _sentences(body, ())]


def said(node: Mapping[str, Json], code: str) -> str:
    """One sentence in this language; in the file's first where it has no other."""
    return str(node.get("in", {}).get(code, node["text"]))


def language(body: Mapping[str, Json], asked: str | None) -> str:
    """The language asked for, or the file's first when it has no such."""
    codes = [str(one["code"]) for one in body["languages"]]
    return asked if asked in codes else codes[0]


def filled(text: str, blanks: Mapping[str, str]) -> str:
    """The sentence with its blanks filled in."""
    return BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)
