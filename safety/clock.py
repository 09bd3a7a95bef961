"""The only reader of the wall clock. Everything else is handed the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def to_ms(instant: datetime) -> int:
    """Epoch milliseconds of an aware instant."""
    return round(instant.timestamp() * 1e3)


def from_ms(ms: int) -> datetime:
    """The aware UTC instant of epoch milliseconds."""
    return datetime.fromtimestamp(ms / 1e3, UTC)


def now_ms() -> int:
    """The present instant in epoch milliseconds."""
    return to_ms(now())
