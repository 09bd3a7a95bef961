"""Which answers hang on what is planned: read from the questionnaire's own scopes and conditions. Pure.

A question depends on the kind of product, the brand or the area where it, one of its parts or one of their
rules names it (specification 5.8). What the protocol says by name under `validity.reopens` counts as well.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from safety.protocols.questions import flat
from safety.screening.intake import CLASSES, Planned

Json = Any
PRODUCT_CLASS, BRAND, AREA = "product_class", "brand", "area"
# What a scope says, and on which part of the plan that makes it hang.
OF_SCOPE = {
    "classes": PRODUCT_CLASS, "materials": BRAND, "brands": BRAND, "not_brands": BRAND, "areas": AREA,
    "not_areas": AREA, "tiers": AREA, "areas_from": AREA, "per_area": AREA,
}  # fmt: skip
Hangs = tuple[str, frozenset[str]]  # a part of the plan, and the product classes it is looked at in


def reopened(body: Mapping[str, Json], then: Iterable[Planned], now: Iterable[Planned]) -> frozenset[str]:
    """Ids of the questions, parts included, that are asked anew when one plan becomes the other."""
    before, after = list(then), list(now)
    changed = {
        (part, kind)
        for part in (PRODUCT_CLASS, BRAND, AREA)
        for kind in CLASSES
        if _of(before, part, kind) != _of(after, part, kind)
    }
    found: set[str] = set()
    for whole in body["questions"]:
        family = [question for _, question in flat([whole])]
        if any(_touched(one, changed) for one in hangs_on(body, whole)):
            found |= {question["id"] for question in family}
    return frozenset(found)


def _of(plan: Iterable[Planned], part: str, kind: str) -> set[str | None]:
    """What a plan holds of one product class: that it is there, its brands, its areas."""
    mine = [one for one in plan if one.product_class == kind]
    if part == PRODUCT_CLASS:
        return {kind for _ in mine}
    if part == BRAND:
        return {one.brand for one in mine}
    return {area for one in mine for area in one.areas}


def _touched(one: Hangs, changed: set[tuple[str, str]]) -> bool:
    part, classes = one
    return any((part, kind) in changed for kind in classes)


def hangs_on(body: Mapping[str, Json], whole: Mapping[str, Json]) -> set[Hangs]:
    """What one question with all its parts hangs on: (part of the plan, product classes)."""
    found: set[Hangs] = set()
    for _, question in flat([whole]):
        found |= set(_of_scope(question.get("applies", {})))
        found |= set(_of_condition(body, question.get("shown_if", {}), frozenset(CLASSES)))
        if question["type"] == "areas":
            found.add((AREA, frozenset(CLASSES)))
        for rule in question.get("rules", []):
            scope = rule.get("scope", {})
            found |= set(_of_scope(scope))
            found |= set(_of_condition(body, rule["when"], _classes(scope)))
    return found | set(_by_name(body, whole))


def _classes(scope: Mapping[str, Json]) -> frozenset[str]:
    return frozenset(scope.get("classes", CLASSES))


def _of_scope(scope: Mapping[str, Json]) -> Iterator[Hangs]:
    for key, part in OF_SCOPE.items():
        if key in scope:
            yield part, _classes(scope)


def _of_condition(body: Mapping[str, Json], condition: Json, classes: frozenset[str]) -> Iterator[Hangs]:
    """Conditions that look at the plan, or at earlier treatments of the planned area."""
    if isinstance(condition, list):
        for item in condition:
            yield from _of_condition(body, item, classes)
    if not isinstance(condition, Mapping):
        return
    if condition.get("plan") == "brand_licensed":
        yield BRAND, classes
    named = body.get("dates", {}).get(condition.get("date"), condition)
    if named.get("same_area"):
        yield AREA, classes
    for key in ("all", "any", "not"):
        yield from _of_condition(body, condition.get(key), classes)


def _by_name(body: Mapping[str, Json], whole: Mapping[str, Json]) -> Iterator[Hangs]:
    """What the protocol names outright (5.8: brand G18, G19; area F02, F05, F11)."""
    for part, questions in body["validity"].get("reopens", {}).items():
        if whole["id"] in questions:
            yield part, _classes(whole.get("applies", {}))
