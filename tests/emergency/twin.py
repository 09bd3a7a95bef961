"""What the twin tests share: the protocol with parameters, and where two answers differ."""

import json
from typing import Any

from safety.protocols import load, rules

Json = dict[str, Any]


def occlusion(**parameters: Any) -> Json:
    """The occlusion protocol as it is in the tree, with these parameter values (dots written as __)."""
    body = load.load(load.latest("vascular_occlusion")).body
    return rules.resolve(body, {key.replace("__", "."): value for key, value in parameters.items()})


def differences(mine: Any, theirs: Any, where: str = "") -> list[str]:
    """Where two plain values differ."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        keys = sorted({*mine, *theirs})
        return [
            line for key in keys for line in differences(mine.get(key), theirs.get(key), f"{where}.{key}")
        ]
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        pairs = enumerate(zip(mine, theirs, strict=True))
        return [line for index, (a, b) in pairs for line in differences(a, b, f"{where}[{index}]")]
    return [] if mine == theirs else [f"{where}: server {json.dumps(mine)}, tablet {json.dumps(theirs)}"]
