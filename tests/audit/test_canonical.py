"""One value, one byte string; what two languages could write differently is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.audit.canonical import LIMIT, NotCanonical, dumps, loads

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-LIMIT, LIMIT)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner),
    max_leaves=20,
)


def test_it_works() -> None:
    assert dumps({"b": [1, None, True], "a": "é"}) == '{"a":"é","b":[1,null,true]}'.encode()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Zoë", '"Zoë"'),
        ("\u2028\u2029", '"\u2028\u2029"'),
        ('\x00\x1f\x7f\n\t"\\/', '"\\u0000\\u001f\x7f\\n\\t\\"\\\\/"'),
        ({"10": 1, "9": 2, "1": 3}, '{"1":3,"10":1,"9":2}'),
        ("\U0001f489", '"\U0001f489"'),
        (LIMIT, "9007199254740992"),
    ],
)
def test_traps(value: Any, written: str) -> None:
    assert dumps(value) == written.encode()


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        float("nan"),
        LIMIT + 1,
        -LIMIT - 1,
        {1: 2},
        {"é": 1},
        b"bytes",
        {"a": {1, 2}},
        "\ud800",
        ["\udfff"],
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        dumps(value)


@given(PLAIN)
def test_reading_and_writing_again_changes_no_byte(value: Any) -> None:
    assert dumps(loads(dumps(value))) == dumps(value)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), st.integers(-9, 9)))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    assert (
        dumps(dict(reversed(value.items())))
        == dumps(value)
        == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )
