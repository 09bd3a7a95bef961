"""Reflow: filler only with the means of rescue at hand, and a record nobody can lose or fake."""

from importlib import import_module

from flask import Flask
from flask_migrate import Migrate

from safety import cli, db, failures, web
from safety.config import CHECKOUT, Config
from safety.staff import hashing
from safety.staff.acts import ACTS
from safety.staff.identity import identify
from safety.staff.taking_back import closed

FEATURES = (
    "clinic",
    "tls",
    "staff",
    "protocols",
    "patients",
    "screening",
    "stock",
    "consents",
    "dilutions",
    "prescribing",
    "treatments",
    "aftercare",
    "emergency",
    "drills",
    "incidents",
    "paper",
    "fhir",
    "today",
    "demonstration",
)
BODY_LIMIT = 8 * 1024 * 1024  # a tablet back from a long time offline sends thousands of events at once


def create_app(config: Config | None = None) -> Flask:
    """The application, ready to serve. Raises MissingAct when a route stands in no row of the table
    of acts.
    """
    config = config or Config.from_environment()
    app = Flask(
        __name__,
        template_folder=str(CHECKOUT / "templates"),
        static_folder="static",
        instance_path=str(config.data_dir),
    )
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=db.options(config.database_url),
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        TESTING=config.testing,
        REFLOW=config,
    )
    hashing.use_quick(config.testing)
    db.init_app(app)
    Migrate(app, db.db, directory=str(CHECKOUT / "migrations"), render_as_batch=True)
    web.init_app(app, identify, ACTS, closed)
    failures.init_app(app)
    for models in sorted((CHECKOUT / "safety").glob("*/models.py")):  # foreign keys point upwards too
        import_module(f"safety.{models.parent.name}.models")
    for feature in FEATURES:
        app.register_blueprint(import_module(f"safety.{feature}.views").bp)
    cli.init_app(app)
    web.check_acts(app, ACTS)
    return app
