"""`flask screening assess FILE`: the verdict the pages would give, for one request as JSON."""

import json
from typing import IO, Any

import click

from safety.protocols import check
from safety.protocols.load import Broken, Protocol, latest, load
from safety.screening import stories
from safety.screening.rules import BadRequest, assess

check.register("screening", stories.play)


@click.group()
def screening() -> None:
    """May we treat today."""


@screening.command("assess")
@click.argument("file", type=click.File("rb"))
def assess_command(file: IO[bytes]) -> None:
    """Assess the request in FILE (- for standard input) and print the assessment as JSON."""
    protocol = _protocol()
    try:
        request: Any = json.loads(file.read())
        assessment = assess(protocol.body, request)
    except BadRequest as refused:
        raise _Wrong(str(refused)) from refused
    except ValueError as error:
        raise _Wrong(f"not JSON: {error}") from error
    click.echo(json.dumps(assessment.as_json(), ensure_ascii=False, indent=2))


class _Wrong(click.ClickException):
    """Wrong use: one line on standard error, exit code 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(" ".join(self.message.split()), err=True, file=file)


def _protocol() -> Protocol:
    try:
        return load(latest("screening"))
    except Broken as broken:
        click.echo(str(broken.problems[0]), err=True)
        raise SystemExit(1) from broken


command = screening
