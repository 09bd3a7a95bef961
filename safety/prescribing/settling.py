"""How a page of this feature ends: who signs is proved, the act sealed, a refusal said where it belongs."""

from collections.abc import Callable
from typing import Any

from flask import abort, redirect
from flask.typing import ResponseReturnValue

from safety.audit.log import seal
from safety.db import write_transaction
from safety.patients import actions as patients
from safety.screening.actions import NotAllowed, Stale
from safety.staff.actions import Proved
from safety.staff.proving import NotProved
from safety.staff.proving import again as prove_again
from safety.stock.actions import Refused
from safety.web import actor, wants_json

CONFLICT, UNREADABLE = 409, 422


def proof(form: Any) -> Proved | None:
    """Who signs, shown once more; outside any write transaction, because hashing is slow."""
    try:
        return prove_again(form.secret.data or "")
    except NotProved as problem:
        form.secret.errors = [str(problem)]
        return None


def settle(form: Any, act: Callable[[], str]) -> ResponseReturnValue | None:
    """Act in one sealed transaction and go where it says; None when refused at a field.

    409 with the reason when what was shown no longer stands, 403 when this person may not.
    """
    try:
        with write_transaction():
            where = act()
            seal()
    except Refused as refused:
        field = form[refused.field] if refused.field in form else form["secret"]
        field.errors = [*field.errors, str(refused)]
        return None
    except Stale as stale:
        if wants_json():
            return {"error": str(stale)}, CONFLICT
        abort(CONFLICT, str(stale))
    except NotAllowed as refused:
        if wants_json():
            return {"error": str(refused)}, 403
        abort(403, str(refused))
    return ({"done": True}, 200) if wants_json() else redirect(where)


def note_read(patient_id: str, name: str) -> None:
    """Opening this page is itself recorded."""
    with write_transaction():
        patients.note_read(actor(), patient_id, name)
        seal()
