"""Words for patients, by language: a language has every sentence, or the file is refused."""

from typing import Any

import pytest

from safety.protocols import wording
from tests.protocols.signing import newest

Json = Any


def said(**changes: Json) -> list[str]:
    """What is wrong with a small file changed like this."""
    body: Json = {
        "kind": "aftercare",
        "languages": [{"code": "en", "name": "English"}, {"code": "es", "name": "Spanish"}],
        "words": {"call": {"text": "Call {phone}", "in": {"es": "Llame al {phone}"}}},
        "sheets": [{"product_class": "toxin", "do": [{"text": "Rest.", "in": {"es": "Descanse."}}]}],
    }  # fmt: skip
    return [reason for _, reason in wording.faults({**body, **changes})]


def test_it_works() -> None:
    assert said() == []
    assert list(wording.faults(newest("consent").body)) == []
    assert list(wording.faults(newest("aftercare").body)) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"words": {"call": {"text": "Call"}}}, "missing in the language es"),
        ({"words": {"call": {"text": "Call", "in": {"es": "Llame", "fr": "Appelez"}}}}, "fr is not among"),
        ({"words": {"call": {"text": "Call {phone}", "in": {"es": "Llame"}}}}, "other blanks"),
        ({"words": {"call": {"text": "Call {mother}", "in": {"es": "Llame {mother}"}}}}, "nobody fills in"),
        ({"languages": [{"code": "en", "name": "a"}, {"code": "en", "name": "b"}]}, "stands there twice"),
        ({"sheets": [{"product_class": "toxin"}, {"product_class": "toxin"}]}, "toxin stands there twice"),
    ],
)
def test_a_language_has_every_sentence(changes: Json, reason: str) -> None:
    assert any(reason in fault for fault in said(**changes))


def test_the_language_asked_for_is_spoken() -> None:
    node = {"text": "Rest.", "in": {"es": "Descanse."}}
    assert (wording.said(node, "es"), wording.said(node, "pl")) == ("Descanse.", "Rest.")
    body = {"languages": [{"code": "en"}, {"code": "es"}]}
    assert (wording.language(body, "es"), wording.language(body, "pl")) == ("es", "en")
