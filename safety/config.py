"""Where Reflow keeps its things, read once from the environment."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Config:
    """Settings of one running installation.

    `data_dir` holds the database, keys and reports; `database_url` is an SQLAlchemy URL
    (`sqlite:///…` or `postgresql+psycopg://…`).
    """

    data_dir: Path
    database_url: str
    secret_key: str
    testing: bool = False
    protocols_dir: Path = CHECKOUT / "protocols"

    @classmethod
    def from_environment(cls) -> "Config":
        """Read DATA_DIR, DATABASE_URL and SECRET_KEY; make the data folder and the key when missing."""
        data_dir = Path(os.environ.get("DATA_DIR") or CHECKOUT / "instance").resolve()
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        url = os.environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'reflow.sqlite3'}"
        return cls(data_dir, url, os.environ.get("SECRET_KEY") or kept_secret(data_dir / "secret.key"))


def kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use and readable by its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return path.read_text("ascii").strip()
