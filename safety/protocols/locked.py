"""What no version of an emergency protocol may leave out or make optional (clinical 11, Locked). Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
Where = tuple[str | int, ...]
LOCKED = {
    "vascular_occlusion": {
        ("steps",): ("V01", "V02", "V03", "V04", "V05", "V11", "V12"),
        ("branches", "vision", "steps"): ("E01", "E02", "E03", "E04", "E10", "E12"),
        ("branches", "anaphylaxis", "steps"): ("A01", "A02", "A03", "A04", "A05", "A06"),
    }
}
# What could keep a step off the screen by a parameter, by another answer or by how the patient came.
OPTIONAL = ("switch", "only", "unless")


def faults(body: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    """Locked steps that are missing or can be taken away, and repeats that name no step."""
    if body["kind"] != "emergency":
        return
    for where, ids in LOCKED.get(body["id"], {}).items():
        steps = {step["id"]: (index, step) for index, step in enumerate(_at(body, where))}
        for name in ids:
            if name not in steps:
                yield where, f"the step {name} is locked: a protocol without it is refused"
            else:
                yield from _loose((*where, steps[name][0]), steps[name][1])
    yield from _loops(body)


def _at(body: Mapping[str, Json], where: Where) -> list[Json]:
    found: Json = body
    for name in where:
        found = found[name]
    return list(found)


def _loose(where: Where, step: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    if step.get("locked") is not True:
        yield where, f"the step {step['id']} must say locked: true"
    for name in OPTIONAL:
        if name in step:
            yield (*where, name), f"the step {step['id']} is locked: {name} could take it away"
    if step.get("when") == "never":
        yield (*where, "when"), f"the step {step['id']} is locked: it may not be asked never"
    if step["ask"] == "static" and not step.get("answers"):
        yield where, f"the step {step['id']} is locked: it needs an answer that one tap gives"


def _loops(body: Mapping[str, Json]) -> Iterator[tuple[Where, str]]:
    """Each repeat brings up a step of its own branch, and each step that repeats names its repeat."""
    loops = {loop["id"]: loop for loop in body.get("loops", [])}
    repeated = {(branch, step["id"]): step.get("loop") for branch, _, step in _all_steps(body)}
    for index, loop in enumerate(body.get("loops", [])):
        if repeated.get((loop["branch"], loop["step"])) != loop["id"]:
            yield (
                ("loops", index),
                f"{loop['step']} is no step of {loop['branch']} that repeats by {loop['id']}",
            )
    for _, where, step in _all_steps(body):
        if "loop" in step and step["loop"] not in loops:
            yield where, f"{step['loop']} is not among the loops"


def _all_steps(body: Mapping[str, Json]) -> Iterator[tuple[str, Where, Json]]:
    """Each step with the branch it stands in and its place in the file."""
    for index, step in enumerate(body["steps"]):
        yield "main", ("steps", index), step
    for branch, held in body["branches"].items():
        for index, step in enumerate(held["steps"]):
            yield branch, ("branches", branch, "steps", index), step
