"""What every page must be, checked on each page any test fetches: a sentence for each breach."""

import re
from collections import Counter
from collections.abc import Iterator

from tests.tree import Node, read

SAFETY_LINE = "not a substitute for clinical judgement"
HANDLER = re.compile(r"on[a-z]+$")
LOCAL = re.compile(r"(/(?!/)|#|\?|mailto:|tel:|data:image/svg|$|[\w.-]+$)")
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "aria-details")
NOT_ASKED = frozenset({"hidden", "submit", "button", "reset", "image"})


def faults(html: str, in_run: bool = False) -> tuple[Node, list[str]]:
    """The page's tree and everything wrong with it. The run screen offers no second *Start emergency*."""
    page, found = read(html)
    for check in (_head, _headings, _ids, _controls, _groups, _names, _policy, _forms):
        found.extend(check(page))
    if SAFETY_LINE not in page.text.lower():
        found.append("the safety line is missing")
    if not in_run and not any("Start emergency" in node.text for node in page.all("a", "button")):
        found.append("Start emergency is missing")
    return page, found


def _head(page: Node) -> Iterator[str]:
    html = page.first("html")
    if not html or not html.get("lang"):
        yield "html has no lang"
    if len(page.all("main")) != 1:
        yield f"{len(page.all('main'))} main elements"
    titles = [node for node in page.all("title") if not node.within("svg")]
    if len(titles) != 1 or not titles[0].raw.strip():
        yield "the title is missing or empty"


def _headings(page: Node) -> Iterator[str]:
    headings = page.all("h1", "h2", "h3", "h4", "h5", "h6")
    if [node.tag for node in headings].count("h1") != 1:
        yield f"{[node.tag for node in headings].count('h1')} h1"
    for node in headings:
        if not node.text:
            yield f"{node} is empty"


def _ids(page: Node) -> Iterator[str]:
    ids = Counter(node["id"] for node in page.walk() if "id" in node.attrs)
    yield from (f"id {name!r} is used {count} times" for name, count in ids.items() if count > 1 or not name)
    for node in page.walk():
        for name in REFERENCES:
            for target in node.get(name).split():
                if target not in ids:
                    yield f"{node}: {name} points at nothing"


def _controls(page: Node) -> Iterator[str]:
    labels = {node.get("for") for node in page.all("label") if node.text}
    for node in page.all("input", "select", "textarea"):
        wrapped = node.within("label")
        named = node.get("aria-label") or node.get("aria-labelledby") or (wrapped and wrapped.text)
        if node.get("type") not in NOT_ASKED and not named and node.get("id") not in labels:
            yield f"{node} has no label"
    for radio in page.all("input", type="radio"):
        if not radio.within("fieldset") and not _role(radio, "radiogroup"):
            yield f"{radio} stands in no group"


def _role(node: Node, role: str) -> bool:
    while node.parent:
        node = node.parent
        if node.get("role") == role:
            return True
    return False


def _groups(page: Node) -> Iterator[str]:
    # axe says nothing when a screening question's own words have vanished.
    for node in page.all("fieldset"):
        legend = node.first("legend")
        if not legend or not legend.text:
            yield f"{node} has no legend"


def _names(page: Node) -> Iterator[str]:
    for node in page.all("a", "button", "summary"):
        if not (_named(node) or any(_named(child) for child in node.walk())):
            yield f"{node} says nothing"
    for node in page.all("img"):
        if "alt" not in node.attrs:
            yield f"{node} has no alt"
    for node in page.all("svg"):
        regions = node.get("role") == "group" and node.get("aria-label") and node.all("a")
        drawn = node.get("aria-hidden") == "true" or node.get("role") == "img" or regions
        if not drawn and not node.within("svg"):
            yield f"{node} is neither hidden from screen readers nor an image with a name"


def _named(node: Node) -> str:
    return node.text or node.get("aria-label") or node.get("aria-labelledby") or node.get("alt")


def _policy(page: Node) -> Iterator[str]:
    for node in page.walk():
        if node.tag == "style" or "style" in node.attrs:
            yield f"{node}: inline style"
        if any(HANDLER.fullmatch(name) for name in node.attrs):
            yield f"{node}: inline handler"
        data = node.get("type") in {"application/json", "importmap"}
        if node.tag == "script" and "src" not in node.attrs and not data:
            yield f"{node}: inline script"
        for name in ("src", "href", "action", "formaction", "poster"):
            if not LOCAL.match(node.get(name)):
                yield f"{node}: leaves this server"


def _forms(page: Node) -> Iterator[str]:
    for form in page.all("form"):
        if form.get("method", "get").lower() == "post" and not form.first("input", name="csrf_token"):
            yield f"{form} has no CSRF token"
        if form.within("form"):
            yield f"{form} inside another form"
