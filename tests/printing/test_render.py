"""Of several sizes of letters the largest that fits one sheet is printed."""

import pytest

from safety.printing import render

pytestmark = [pytest.mark.once]


class Drawn:
    def __init__(self, pages: int) -> None:
        self.pages = [0] * pages


@pytest.mark.parametrize("sizes", range(1, 8))
@pytest.mark.parametrize("fits_from", range(8))
def test_it_works(monkeypatch: pytest.MonkeyPatch, sizes: int, fits_from: int) -> None:
    tried: list[str] = []

    def draw(text: str) -> Drawn:
        tried.append(text)
        return Drawn(1 if int(text) >= fits_from else 2)

    monkeypatch.setattr(render, "_drawn", draw)
    texts = [str(number) for number in range(sizes)]
    found = render._fitting(texts)
    wanted = min(fits_from, sizes - 1)
    assert len(found.pages) == (1 if wanted >= fits_from else 2)
    assert str(wanted) in tried
    assert len(tried) <= 3 + (sizes > 4)
    assert len(set(tried)) == len(tried)
