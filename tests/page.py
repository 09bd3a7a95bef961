"""A page as its reader meets it, and the visitor who fetches pages and fills in their forms.

Every HTML page a visitor fetches is checked (tests/wellformed.py), whatever the test is about.
"""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.tree import Node
from tests.wellformed import faults

RUN = re.compile(r"/(emergencies|drills)/[^/]+/run$")
BUTTONS = ("submit", "image")


class Visitor:
    """Somebody with a browser: keeps cookies, follows redirects, checks each page."""

    def __init__(self, client: FlaskClient, name: str = "anyone", member_id: str | None = None) -> None:
        self.client = client
        self.name = name
        self.member_id = member_id
        self._csrf: str | None = None

    def get(self, url: str, status: int = 200) -> "Page":
        """Fetch a page, following redirects; the last answer has this status."""
        return self._arrive(self.client.get(url, follow_redirects=True), status)

    def post(self, url: str, data: dict[str, Any] | None = None, status: int = 200, **values: Any) -> "Page":
        """Post fields past any form, with a valid CSRF token: what a form would not let you send."""
        fields = {"csrf_token": self.csrf(), **(data or {}), **values}
        return self._arrive(self.client.post(url, data=fields, follow_redirects=True), status)

    def fetch(self, url: str, status: int = 200, **options: Any) -> TestResponse:
        """Fetch anything (a PDF, JSON, a script), without following redirects."""
        response = self.client.get(url, buffered=True, **options)
        assert response.status_code == status, f"{url}: {response.status_code}, not {status}"
        return response

    def csrf(self) -> str:
        """A token this visitor's session accepts."""
        if self._csrf is None:
            self.get("/sign-in")
        assert self._csrf, "no page gave a CSRF token"
        return self._csrf

    def _arrive(self, response: TestResponse, status: int) -> "Page":
        page = Page(self, response)
        assert page.status == status, (
            f"{page.url}: {page.status}, not {status}. {page.errors or page.text[:600]}"
        )
        self._csrf = page.csrf or self._csrf
        page.check()
        return page

    def __repr__(self) -> str:
        return f"<Visitor {self.name}>"


class Page:
    """One fetched HTML page."""

    def __init__(self, visitor: Visitor, response: TestResponse) -> None:
        assert response.mimetype == "text/html", (
            f"{response.request.path} is {response.mimetype}: use fetch()"
        )
        self.visitor = visitor
        self.response = response
        self.status = response.status_code
        self.url = response.request.path
        query = response.request.query_string.decode()
        self.address = f"{self.url}?{query}" if query else self.url
        self.html = response.get_data(as_text=True)
        self.tree, self._faults = faults(self.html, in_run=bool(RUN.search(self.url)))
        main = self.tree.first("main")
        self.main = main or self.tree

    def check(self) -> None:
        """Assert what every page must be."""
        wrong = [*self._faults, *self._header_faults()]
        assert not wrong, f"{self.url}:\n  " + "\n  ".join(wrong)

    def _header_faults(self) -> list[str]:
        headers = self.response.headers
        policy = headers.get("Content-Security-Policy", "")
        wanted = {
            "CSP without default-src 'none' or 'self'": re.search(r"default-src '(none|self)'", policy),
            "CSP allows what is unsafe": "unsafe-inline" not in policy and "unsafe-eval" not in policy,
            "may be framed": "frame-ancestors 'none'" in policy,
            "content may be sniffed": headers.get("X-Content-Type-Options") == "nosniff",
            "says where people came from": headers.get("Referrer-Policy") in {"no-referrer", "same-origin"},
            "may be kept by a cache": "no-store" in headers.get("Cache-Control", ""),
        }
        return [fault for fault, holds in wanted.items() if not holds]

    @property
    def title(self) -> str:
        """The words in the browser's tab."""
        return self._first("title").raw.strip()

    @property
    def h1(self) -> str:
        """The page's one heading."""
        return self._first("h1").text

    @property
    def text(self) -> str:
        """All visible words of the page's own part, without the frame."""
        return self.main.text

    @property
    def errors(self) -> list[str]:
        """The messages at the fields, in order. Each must be tied to its control."""
        tied = {target for node in self.tree.walk() for target in node.get("aria-describedby").split()}
        found = [node for node in self.tree.walk() if node.get("id").endswith("-error")]
        for node in found:
            assert node["id"] in tied, f"{node} is tied to no control"
        return [node.text for node in found]

    @property
    def csrf(self) -> str | None:
        """The page's CSRF token, when it has a form."""
        token = self.tree.first("input", name="csrf_token")
        return token["value"] if token else None

    def find(self, *tags: str, text: str | None = None, **attrs: str | bool) -> Node:
        """The one element with these tags, attributes and words in it; the innermost when they nest."""
        found = self.find_all(*tags, text=text, **attrs)
        inner = [node for node in found if not any(other in node.walk() for other in found)]
        assert len(inner) == 1, f"{len(inner)} of {tags} {attrs} with {text!r} in: {self.text[:800]}"
        return inner[0]

    def find_all(self, *tags: str, text: str | None = None, **attrs: str | bool) -> list[Node]:
        """All elements with these tags, attributes and words in them."""
        return [node for node in self.tree.all(*tags, **attrs) if text is None or text in node.text]

    def has(self, *tags: str, text: str | None = None, **attrs: str | bool) -> bool:
        """Whether there is such an element."""
        return bool(self.find_all(*tags, text=text, **attrs))

    def click(self, text: str, status: int = 200) -> "Page":
        """Follow the link with these words."""
        return self.visitor.get(self.find("a", text=text, href=True)["href"], status)

    def form(self, button: str | None = None) -> Node:
        """The form with this button; without one, the only form in the page's own part."""
        if button is None:
            forms = self.main.all("form")
            assert len(forms) == 1, f"{len(forms)} forms on {self.url}: name the button"
            return forms[0]
        found = self.find("button", text=button)
        form = found.within("form") or self.tree.first("form", id=found.get("form"))
        assert form, f"the button {button!r} belongs to no form"
        return form

    def submit(self, button: str | None = None, status: int = 200, **values: Any) -> "Page":
        """Fill in the form as a browser would and send it. Values go by field name; None leaves one out."""
        form = self.form(button)
        fields = filled(form, values)
        pressed = self._pressed(form, button)
        if pressed and pressed.get("name"):
            fields[pressed["name"]] = [pressed.get("value")]
        url = (pressed and pressed.get("formaction")) or form.get("action") or self.address
        send = self.visitor.client.post if form.get("method").lower() == "post" else self._get_form
        return self.visitor._arrive(send(url, data=fields, follow_redirects=True), status)

    def _get_form(self, url: str, data: dict[str, Any], follow_redirects: bool) -> TestResponse:
        return self.visitor.client.get(url, query_string=data, follow_redirects=follow_redirects)

    def _pressed(self, form: Node, button: str | None) -> Node | None:
        if button is not None:
            return self.find("button", text=button)
        return form.first("button", type="submit") or form.first("button", type=False)

    def _first(self, tag: str) -> Node:
        found = self.tree.first(tag)
        assert found, f"no {tag} on {self.url}"
        return found


def filled(form: Node, values: dict[str, Any]) -> dict[str, list[Any]]:
    """What a browser would send for the form with these values; each must be one it lets you give."""
    names = {node.get("name") for node in form.all("input", "select", "textarea")}
    assert values.keys() <= names, f"no field {sorted(values.keys() - names)} among {sorted(names)}"
    fields = _defaults(form)
    for name, value in values.items():
        chosen = value if isinstance(value, list) else [] if value in (None, False) else [value]
        fields[name] = [_choose(form, name, one) for one in chosen]
    return fields


def _defaults(form: Node) -> dict[str, list[Any]]:
    fields: dict[str, list[Any]] = {}
    for node in form.all("input", "select", "textarea"):
        if node.get("name") and "disabled" not in node.attrs and node.get("type") not in BUTTONS:
            fields.setdefault(node["name"], []).extend(_default(node))
    return fields


def _default(node: Node) -> list[str]:
    if node.tag == "textarea":
        return [node.raw.removeprefix("\n")]
    if node.tag == "select":
        options = node.all("option")
        return [_option(option) for option in [o for o in options if "selected" in o.attrs] or options[:1]]
    if node.get("type") in ("checkbox", "radio"):
        return [node.get("value", "on")] if "checked" in node.attrs else []
    return [] if node.get("type") == "file" else [node.get("value")]


def _option(node: Node) -> str:
    return node.get("value") if "value" in node.attrs else node.text


def _choose(form: Node, name: str, value: Any) -> Any:
    controls = form.all("input", "select", "textarea", name=name)
    if controls[0].tag == "select":
        allowed = [_option(option) for option in controls[0].all("option")]
    elif controls[0].get("type") in ("checkbox", "radio"):
        allowed = [node.get("value", "on") for node in controls]
    else:
        return value if isinstance(value, tuple) or controls[0].get("type") == "file" else str(value)
    if value is True and len(allowed) == 1:
        return allowed[0]
    assert str(value) in allowed, f"{name} offers {allowed}, not {value!r}"
    return str(value)
