from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.patients import rules
from safety.patients.rules import Person

BORN = date(1991, 3, 12)


def person(given: str, family: str, born_on: date = BORN, phone: str = "0117 496 0111") -> Person:
    return Person(given, family, born_on, phone)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        (person("Grace", "Moreau"), person("Grace", "Moreau")),
        (person("grace", "MOREAU"), person("Grace", "Moreau")),
        (person("Grace", "Moraeu"), person("Grace", "Moreau")),
        (person("Moreau", "Grace"), person("Grace", "Moreau")),
        (person("Zoë", "O’Neill"), person("Zoe", "ONeill")),
        (person("Grace", "Okonkwo"), person("Grace", "Moreau")),  # married: the given name stays
        (person("Anna-Lena", "Groß"), person("Anna Lena", "Gross")),
        (person("Grace", "Moreau", date(1991, 12, 3)), person("Grace", "Moreau")),  # day and month exchanged
        (
            person("Grace", "Moreau", date(1990, 3, 12), "+44 117 496 0111"),
            person("Grace", "Moreau", BORN, "+441174960111"),
        ),
    ],
)
def test_it_asks_whether_these_are_one_person(new: Person, known: Person) -> None:
    assert rules.likely_same(new, known)
    assert rules.likely_same(known, new)


@pytest.mark.parametrize(
    ("new", "known"),
    [
        (person("Grace", "Moreau"), person("Tobias", "Lund")),
        (person("Grace", "Moreau", date(1985, 7, 1), "0117 496 0999"), person("Grace", "Moreau")),
        (person("Mia", "Lund"), person("Max", "Berg")),
    ],
)
def test_it_does_not_ask_about_strangers(new: Person, known: Person) -> None:
    assert not rules.likely_same(new, known)


@pytest.mark.parametrize(
    ("on", "years"),
    [(date(2009, 3, 11), 17), (date(2009, 3, 12), 18), (date(2026, 11, 22), 35), (BORN, 0)],
)
def test_age_is_completed_years(on: date, years: int) -> None:
    assert rules.age(BORN, on) == years


def test_a_leap_day_birthday_is_completed_on_the_first_of_march() -> None:
    assert rules.age(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert rules.age(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_a_birth_date_lies_in_the_past_and_in_a_lifetime() -> None:
    on = date(2026, 11, 22)
    assert rules.birth_date_problem(on, on) is None
    assert rules.birth_date_problem(date(1906, 11, 22), on) is None
    assert "future" in (rules.birth_date_problem(date(2026, 11, 23), on) or "")
    assert "120 years" in (rules.birth_date_problem(date(1905, 11, 22), on) or "")


@pytest.mark.parametrize(
    "text",
    ["12 3 1991", "12.03.1991", "12/3/1991", "12-03-1991", "1991-03-12", " 12 Mar 1991 ", "12 march 1991"],
)
def test_a_date_is_read_day_first(text: str) -> None:
    assert rules.typed_date(text) == BORN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "moreau",
        "31 2 1991",
        "12 3 91",
        "12 xyz 1991",
        "3 1991",
        "1991",
        "12 3 1991 5",
        "12 0 1991",
        "١٢ 3 1991",
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    assert rules.typed_date(text) is None


@pytest.mark.parametrize("phone", ["0117 496 0111", "+44 (117) 496-0111", "01174960111", "1.2.3.4.5"])
def test_phone_numbers_as_people_write_them(phone: str) -> None:
    assert rules.phone_problem(phone) is None


@pytest.mark.parametrize(
    "phone", ["", "none", "1234", "call her husband 0117", "+", "٠١١٧٤٩٦", "0117;496;0111"]
)
def test_what_cannot_be_dialled_is_refused(phone: str) -> None:
    assert rules.phone_problem(phone)


@given(st.text(max_size=80))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert rules.fold(rules.fold(text)) == rules.fold(text)
