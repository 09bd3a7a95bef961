"""What the patient takes home, told by the feature above: which sheets there are, which one is lacking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from safety.treatments.reading import Chart


@dataclass(frozen=True)
class Paper:
    """One sheet of a treatment as its page shows it. `lacking`: why the patient may not leave yet."""

    title: str
    line: str
    kind: str
    word: str
    url: str
    leaving: bool
    lacking: str | None = None


Papers = Callable[[Chart], Sequence[Paper]]
Lacks = Callable[[Chart], str | None]
_papers: list[Papers] = []
_lacks: list[Lacks] = []


def tell(papers: Papers, lacks: Lacks) -> None:
    """Register what draws a treatment's sheets, and what says why the patient may not leave without one."""
    if papers not in _papers:
        _papers.append(papers)
        _lacks.append(lacks)


def papers(chart: Chart) -> list[Paper]:
    """The sheets of a treatment. Asked in a request only: they carry addresses."""
    return [one for source in _papers for one in source(chart)]


def lacking(chart: Chart) -> str | None:
    """Why the patient may not leave yet for want of a sheet, or None."""
    return next((why for source in _lacks if (why := source(chart))), None)
