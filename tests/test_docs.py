"""docs/api.md names every command and every endpoint for programs, and none that is not there."""

import re

import pytest
from click import Command, Group
from flask import Flask

from safety.config import CHECKOUT

API = (CHECKOUT / "docs" / "api.md").read_text("utf-8")
FRAMEWORK = {"db", "routes", "run", "shell"}
ROW = re.compile(r"^\| `([^`]+)` \|", re.M)
FOR_PROGRAMS = re.compile(r"\.json$|/events$|/photos/|^/healthz$")


def named() -> list[str]:
    """The first column of every table."""
    return ROW.findall(API)


def commands(app: Flask) -> set[str]:
    """Every command of ours, a group's with its own name before it."""
    found: set[str] = set()
    for name, command in app.cli.commands.items():
        if name not in FRAMEWORK:
            found |= {f"{name} {below}" for below in _below(command)} or {name}
    return found


def _below(command: Command) -> list[str]:
    return list(command.commands) if isinstance(command, Group) else []


@pytest.mark.once
def test_every_command_is_documented_and_exists(empty_app: Flask) -> None:
    documented = {
        " ".join(word for word in re.split(r" [\[-]", row)[0].split() if word.islower())
        for row in named()
        if "/" not in row
    }
    assert documented == commands(empty_app)


@pytest.mark.once
def test_every_endpoint_for_programs_is_documented_and_exists(empty_app: Flask) -> None:
    documented = {row for row in named() if "/" in row and row.split()[0] in {"GET", "POST", "PUT"}}
    routes = {
        f"{method} {re.sub(r'<[^>]+>', '<uuid>', rule.rule)}"
        for rule in empty_app.url_map.iter_rules()
        for method in rule.methods or ()
        if FOR_PROGRAMS.search(rule.rule) and method in {"GET", "POST", "PUT"}
    }
    assert documented == routes
