"""`flask --app wsgi tls …`: make the clinic's own authority, show it, keep the server's certificate fresh."""

import io
from pathlib import Path

import click
import segno
from flask import current_app
from flask.cli import AppGroup

from safety import clock
from safety.audit.commands import fail
from safety.tls import addresses, authority, files, telling
from safety.tls.files import Damaged, Folder, Kept, State

command = AppGroup("tls", help="TLS on the clinic's network: init, show, renew.")


def _folder() -> Folder:
    return files.folder_of(Path(current_app.config["REFLOW"].data_dir))


@command.command("init")
@click.option("--host", "hosts", multiple=True, help="A full host name of this server: reflow.local.")
@click.option("--ip", "ips", multiple=True, help="An address of this server, or its network: 10.1.2.0/24.")
@click.option("--renew-ca", is_flag=True, help="Make a new authority: every tablet must trust it anew.")
def init(hosts: tuple[str, ...], ips: tuple[str, ...], renew_ca: bool) -> None:
    """Make the clinic's authority and the server's certificate. Without options: for this machine."""
    if not hosts and not ips:
        hosts = (addresses.own_host(),)
        ips = tuple(str(address) for address in addresses.own())
    try:
        state = files.init(_folder(), authority.reach(hosts, ips), clock.now(), renew_ca)
    except authority.BadReach as fault:
        fail(f"tls init: {fault}", 2)
    except Kept as fault:
        fail(f"tls init: {fault}")
    except OSError as fault:
        fail(f"tls init: cannot write {fault.filename}: {fault.strerror}")
    _show(state)


@command.command("show")
def show() -> None:
    """Paths, fingerprint, ends and addresses."""
    _show(_read())


def _read() -> State:
    try:
        state = files.read(_folder())
    except Damaged as fault:
        fail(f"tls: {fault}")
    if state is None:
        fail("tls: no authority yet: flask --app wsgi tls init")
    return state


def _show(state: State) -> None:
    for label, value in telling.lines(state, clock.now()):
        click.echo(f"{label:<22} {value}")


@command.command("renew")
@click.option("--port", type=int, default=8000, envvar="PORT", show_default=True, help="Where it is served.")
def renew(port: int) -> None:
    """At every start: make the server's certificate anew when it must be, and say where tablets find it."""
    state = _read()
    try:
        why = files.worn(state, clock.now())
        state = files.renew(state, clock.now()) if why else state
    except Damaged as fault:
        fail(f"tls: {fault}")
    files.write_page(state.folder, telling.door_page(state, port))
    if why:
        click.echo(f"Certificate made anew: {why}")
    for line in telling.announcement(state, port, clock.now()):
        click.echo(line)
    click.echo(terminal_code(telling.door_url(state, port)))


def terminal_code(url: str) -> str:
    """A code a tablet's camera reads off the terminal."""
    drawn = io.StringIO()
    segno.make(url, error="m").terminal(drawn, compact=True)
    return drawn.getvalue().rstrip("\n")
