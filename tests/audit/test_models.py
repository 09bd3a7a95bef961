"""What the database itself forbids. The locks in our code come first; these hold when the code is wrong."""

from collections.abc import Sequence

import pytest
import sqlalchemy as sa
from flask import Flask

from safety.db import Model, db

UNIQUE = {
    "approval": [("proposal_id",), ("signature_id",)],
    "audit_entry": [("leaf_hash",)],
    "authorisation": [("signature_id",)],
    "consent": [("sitting_id", "key")],
    "consent_withdrawn": [("signature_id",)],
    "debrief": [("id",)],
    "decision": [("assessment_id", "plan_sha256"), ("signature_id",)],
    "drill_attendance": [("emergency_id", "member_id")],
    "emergency_event": [("emergency_id", "cursor"), ("emergency_id", "device", "seq"), ("event_id",)],
    "emergency_photo": [("emergency_id", "photo_id")],
    "follow_up_entry": [("id",)],
    "hung_card": [("id",)],
    "incident": [("clinic_id", "number"), ("emergency_id",)],
    "incident_report": [("incident_id", "revision")],
    "injection": [("movement",)],
    "injection_strike": [("movement",)],
    "lot": [("clinic_id", "product_id", "code")],
    "member": [("username",)],
    "override": [("assessment_id", "finding"), ("signature_id",)],
    "patient": [("clinic_id", "number")],
    "product": [("clinic_id", "name")],
    "rescue_override": [("signature_id",)],
    "rescue_override_request": [("signature_id",)],
    "room": [("clinic_id", "name")],
    "sign_in": [("token_sha256",)],
    "stock_movement": [("emergency_event_id", "kind"), ("reverses",)],
    "tablet": [("token_sha256",)],
    "treatment": [("screening_id",)],
    "treatment_photo": [("treatment_id", "sent_sha256")],
}
ONLY_GROW = [
    "aftercare_given", "amendment", "audit_entry", "audit_node", "authorisation", "authorisation_cancelled",
    "consent", "consent_sitting", "consent_withdrawn", "dilution",
    "dissolving", "dissolving_dose", "due_date", "early_release", "emergency_event", "injection_meant",
    "injection_point", "injection_strike", "patient_seen", "patient_signature", "plan_answer", "plan_change",
    "rescue_override", "rescue_override_request", "stock_movement", "treatment_photo", "vial",
]  # fmt: skip


def test_it_works(app: Flask) -> None:
    """Each UNIQUE we rely on stands in the database as migrated, and no other is taken for granted."""
    with app.app_context(), db.engine.connect() as raw:
        look = sa.inspect(raw)
        found = {table: sorted(_unique(look, table)) for table in Model.metadata.tables}
    assert {table: columns for table, columns in found.items() if columns} == UNIQUE


def _unique(look: sa.Inspector, table: str) -> set[tuple[str, ...]]:
    indexes: list[Sequence[str | None]] = [
        index["column_names"] for index in look.get_indexes(table) if index["unique"]
    ]
    constraints = [constraint["column_names"] for constraint in look.get_unique_constraints(table)]
    return {tuple(str(name) for name in names) for names in [*indexes, *constraints]}


def _triggers(raw: sa.Connection, table: str) -> set[str]:
    on_sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    on_postgresql = (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
    )
    wanted = on_sqlite if raw.dialect.name == "sqlite" else on_postgresql
    return {str(name) for name in raw.scalars(sa.text(wanted), {"table": table})}


@pytest.mark.parametrize("table", ONLY_GROW)
def test_tables_that_only_grow_are_guarded(app: Flask, table: str) -> None:
    with app.app_context(), db.engine.connect() as raw:
        sqlite, names = raw.dialect.name == "sqlite", _triggers(raw, table)
    verbs = {"update", "delete"} | (set() if sqlite else {"truncate"})
    assert names >= {f"{table}_no_{verb}" for verb in verbs}


# what `treatment_finish` closes: the verbs each table refuses from then on
CLOSED = {
    "treatment": {"update", "delete"},
    "plan_item": {"update", "delete", "insert"},
    "baseline": {"update", "delete", "insert"},
    "injection": {"update", "delete", "insert"},
    "treatment_start": {"update", "delete"},
    "treatment_finish": {"update", "delete"},
}


@pytest.mark.parametrize("table", CLOSED)
def test_tables_that_close_are_guarded(app: Flask, table: str) -> None:
    with app.app_context(), db.engine.connect() as raw:
        assert _triggers(raw, table) >= {f"{table}_closed_{verb}" for verb in CLOSED[table]}


def test_replacing_a_row_does_not_slip_past_the_guard(app: Flask) -> None:
    forbidden = pytest.raises(sa.exc.DBAPIError)
    with app.app_context(), db.engine.connect() as raw, forbidden:
        if raw.dialect.name == "sqlite":
            raw.execute(
                sa.text('INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE "index" = 0')
            )
        else:
            raw.execute(sa.text("TRUNCATE audit_entry CASCADE"))
