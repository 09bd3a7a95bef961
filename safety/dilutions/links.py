"""What the pages of diluted vials show from the features above: who was treated from a vial."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class DrawnFor:
    """One treatment that drew from a vial: the patient's name and the treatment's page."""

    name: str
    url: str


PatientsOf = Callable[[Iterable[str]], Sequence[DrawnFor]]
_patients: list[PatientsOf] = []


def tell_patients(source: PatientsOf) -> PatientsOf:
    """Register a function treatment ids → whom they were for."""
    if source not in _patients:
        _patients.append(source)
    return source


def patients(treatment_ids: Iterable[str]) -> list[DrawnFor]:
    """Whom a vial was drawn for."""
    wanted = sorted(treatment_ids)
    return [one for source in _patients for one in source(wanted)] if wanted else []
