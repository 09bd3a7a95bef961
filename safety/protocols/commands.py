"""`flask protocols …`: what a medical director or a build runs before anybody relies on a protocol file."""

import json
from pathlib import Path

import click

from safety.protocols import rules
from safety.protocols.check import check
from safety.protocols.load import ROOT, Broken, load


@click.group()
def protocols() -> None:
    """Clinical data files."""


@protocols.command("check")
@click.argument("path", type=click.Path(path_type=Path), default=ROOT)
def check_command(path: Path) -> None:
    """Check one file, or all files below a folder, and play their scenarios."""
    if not path.exists():
        click.echo(f"{path}: there is no such file or folder", err=True)
        raise SystemExit(2)
    problems = check(path)
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo(f"{path}: everything holds")


@protocols.command("figures")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--unverified", is_flag=True, help="Only those nobody has seen in a source.")
def figures_command(path: Path, unverified: bool) -> None:
    """List the figures of one protocol as JSON: id, sentence, evidence, unverified."""
    try:
        body = load(path).body
    except Broken as broken:
        click.echo(str(broken.problems[0]), err=True)
        raise SystemExit(1) from broken
    listed = rules.unverified(body) if unverified else rules.figures(body)
    click.echo(json.dumps([_figure(figure) for figure in listed], ensure_ascii=False, indent=1))


def _figure(figure: rules.Figure) -> dict[str, object]:
    evidence = [dict(item) for item in figure.evidence]
    return {"id": figure.id, "text": figure.text, "evidence": evidence, "unverified": figure.unverified}


command = protocols
