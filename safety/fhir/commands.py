"""`flask fhir …`: questionnaire and answers as FHIR R4B, and back to a decision. No database."""

import json
from collections.abc import Iterable
from typing import IO, Any

import click

from safety.fhir import known
from safety.fhir.comparing import differences
from safety.fhir.reading import Refused, request_of
from safety.fhir.rules import questionnaire
from safety.fhir.writing import response
from safety.protocols.load import Broken, Protocol
from safety.screening.rules import BadRequest, assess

Json = Any
LARGEST_BYTES = 1_000_000  # a whole screening is a tenth of it


class Wrong(click.ClickException):
    """Cannot be read at all: one line on standard error."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """As one line, whatever it holds."""
        click.echo(" ".join(self.message.split()), err=True, file=file)


class NotHeld(Wrong):
    """It was read, and what it says does not hold."""

    exit_code = 1


@click.group()
def fhir() -> None:
    """Screening as FHIR R4B."""


@fhir.command("questionnaire")
@click.option("--version", type=click.IntRange(min=1), help="Another version than the newest.")
def questionnaire_command(version: int | None) -> None:
    """Print the Questionnaire of one version, with its default values."""
    protocol = _protocol(version)
    _print(questionnaire(protocol.body, protocol.file_sha256, {}))


@fhir.command("response")
@click.argument("file")
@click.option("--version", type=click.IntRange(min=1), help="Another version than the newest.")
def response_command(file: str, version: int | None) -> None:
    """Print the QuestionnaireResponse of a request to `screening assess` in FILE (- for standard input)."""
    protocol = _protocol(version)
    try:
        _print(response(protocol.body, protocol.file_sha256, read(file)))
    except BadRequest as refused:
        raise Wrong(str(refused)) from refused


@fhir.command("assess")
@click.argument("file")
@click.option("--questionnaire", "asked", help="Also compare this Questionnaire with the one we write.")
def assess_command(file: str, asked: str | None) -> None:
    """Assess the QuestionnaireResponse in FILE (- for standard input): JSON as of `screening assess`."""
    try:
        source, request = request_of(read(file), known.body_of)
        if asked:
            _compare(source, request, read(asked))
        assessment = assess(source, request)
    except (Refused, BadRequest) as refused:
        raise NotHeld(str(refused)) from refused
    _print(assessment.as_json())


def _compare(source: Json, request: Json, theirs: Json) -> None:
    file_sha256 = (known.body_of(source["version"]) or ({}, ""))[1]
    found = list(differences(questionnaire(source, file_sha256, request["parameters"]), theirs))
    if found:
        raise Refused(found)


def _protocol(version: int | None) -> Protocol:
    try:
        found = known.version(version) if version else known.newest()
    except Broken as broken:
        raise NotHeld(str(broken.problems[0])) from broken
    if found is None:
        raise Wrong(f"there is no version {version} of the questionnaire here")
    return found


def read(file: str) -> Json:
    """The JSON in a file, strictly: no name twice in an object, nothing that JSON has not, not too large."""
    try:
        with click.open_file(file, "rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Wrong(f"{file}: {error.strerror}") from error
    if len(content) > LARGEST_BYTES:
        raise Wrong(f"{file}: is larger than {LARGEST_BYTES} bytes")
    try:
        return json.loads(content, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{file}: not JSON: {error}") from error


def _once(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name[:60]} stands twice in one object")
        found[name] = value
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is not a JSON value")


def _print(data: Json) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


command = fhir
