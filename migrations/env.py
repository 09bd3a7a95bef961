"""Runs the migrations on the app's own engine."""

from importlib import import_module
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from flask import current_app

from safety.db import Model, db

MODELS = (
    "audit", "clinic", "staff", "protocols", "patients",
    "stock", "screening", "dilutions", "prescribing", "treatments", "emergency", "incidents",
)  # fmt: skip
for feature in MODELS:
    import_module(f"safety.{feature}.models")


def render(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database."""
    if kind == "type" and isinstance(thing, sa.types.TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def run() -> None:
    assert current_app is not None
    # begin for writing: two servers that start together must not both migrate
    with db.engine.connect().execution_options(write=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=render,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
