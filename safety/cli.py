"""The commands: `flask --app wsgi …`. Each feature brings its own group."""

from importlib import import_module

from flask import Flask

COMMANDS: tuple[str, ...] = (
    "safety.audit.commands",
    "safety.tls.commands",
    "safety.protocols.commands",
    "safety.screening.commands",
    "safety.treatments.commands",
    "safety.emergency.commands",
    "safety.incidents.commands",
    "safety.fhir.commands",
    "safety.demonstration.commands",
    "safety.doctor",
)


def init_app(app: Flask) -> None:
    """Register every feature's `command`."""
    for module in COMMANDS:
        app.cli.add_command(import_module(module).command)
