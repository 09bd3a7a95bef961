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
@click.argument("file")
def assess_command(file: str) -> None:
    """Assess the request in FILE (- for standard input) and print the assessment as JSON."""
    protocol = _protocol()
    try:
        assessment = assess(protocol.body, _request(file))
    except BadRequest as refused:
        raise _Wrong(str(refused)) from refused
    click.echo(json.dumps(assessment.as_json(), ensure_ascii=False, indent=2))


def _request(file: str) -> Any:
    try:
        with click.open_file(file, "rb") as opened:
            return json.loads(opened.read())
    except OSError as error:
        raise _Wrong(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise _Wrong(f"{file}: not JSON: {error}") from error


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
