"""A page's HTML as a small tree, read with the standard library."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
UNSEEN = frozenset({"script", "style", "template", "title", "head"})


@dataclass
class Node:
    """One element: its tag, attributes, and children (elements and text in order)."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    parent: "Node | None" = None
    children: "list[Node | str]" = field(default_factory=list)

    def walk(self) -> "Iterator[Node]":
        """All elements below this one, in document order."""
        return iter(self._below)

    @cached_property
    def _below(self) -> "list[Node]":
        """Kept: a page is walked dozens of times once it is read, and never changed."""
        found, ahead = [], [self]
        while ahead:
            node = ahead.pop()
            found.append(node)
            ahead.extend(child for child in reversed(node.children) if isinstance(child, Node))
        return found[1:]

    def all(self, *tags: str, **attrs: str | bool) -> "list[Node]":
        """Elements below with one of the tags (any when none is given) and these attributes.

        True asks for the attribute, False for its absence; `class_` asks for one class among several, and
        other underscores stand for hyphens.
        """
        found = [node for node in self._below if node.tag in tags] if tags else self._below
        return [node for node in found if node.has(**attrs)] if attrs else list(found)

    def first(self, *tags: str, **attrs: str | bool) -> "Node | None":
        """The first such element, or None."""
        return next(iter(self.all(*tags, **attrs)), None)

    def has(self, **attrs: str | bool) -> bool:
        """Whether all these attributes hold, as in `all`."""
        return all(self._holds(name, wanted) for name, wanted in attrs.items())

    def _holds(self, name: str, wanted: str | bool) -> bool:
        if name == "class_":
            return wanted in self.attrs.get("class", "").split()
        name = name.rstrip("_").replace("_", "-")
        if isinstance(wanted, bool):
            return (name in self.attrs) is wanted
        return self.attrs.get(name) == wanted

    def within(self, *tags: str) -> "Node | None":
        """The nearest ancestor with one of the tags, or None."""
        node = self.parent
        while node and node.tag not in tags:
            node = node.parent
        return node

    @property
    def text(self) -> str:
        """The words a reader meets, spaces folded."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in UNSEEN and "hidden" not in child.attrs:
                yield " " if child.tag == "br" else ""
                yield from child._words()
                yield "" if child.tag in {"a", "b", "i", "em", "strong", "span", "abbr", "code"} else " "

    @property
    def raw(self) -> str:
        """All text as it stands in the source, scripts included."""
        return "".join(child if isinstance(child, str) else child.raw for child in self.children)

    def __getitem__(self, name: str) -> str:
        return self.attrs[name]

    def get(self, name: str, otherwise: str = "") -> str:
        """An attribute's value."""
        return self.attrs.get(name, otherwise)

    def __str__(self) -> str:
        words = "".join(f' {name}="{value}"' for name, value in self.attrs.items())
        return f"<{self.tag}{words}>"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = self.at = Node("#document")
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, self.at)
        if len(node.attrs) != len(attrs):
            self.faults.append(f"{node} names an attribute twice")
        self.at.children.append(node)
        if tag not in VOID:
            self.at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.at.tag != tag:
            self.faults.append(f"</{tag}> closes {self.at}")
        node: Node | None = self.at
        while node and node.tag != tag:
            node = node.parent
        if node and node.parent:
            self.at = node.parent

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def read(html: str) -> tuple[Node, list[str]]:
    """The tree, and what is wrong with the nesting. Every element that can be closed must be."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if reader.at is not reader.top:
        reader.faults.append(f"{reader.at} is never closed")
    return reader.top, reader.faults
