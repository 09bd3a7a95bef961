"""Who may try again, who is locked, and what makes a password: numbers of NIST SP 800-63B-4."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

PASSWORD_MIN, PASSWORD_MAX = 15, 256
PIN_LENGTH = range(4, 9)
PIN_TRIES = 5
FREE_TRIES = 5
FREE_TRIES_OF_A_PLACE = 20  # one address may be a whole clinic
LONGEST_WAIT = timedelta(minutes=15)
FIRST_WAIT = timedelta(seconds=15)
FORGET_AFTER = timedelta(hours=24)
IDLE_LOCK = timedelta(minutes=3)
SHIFT = timedelta(hours=12)
PAD = (900, 360)  # a drawn signature: points of a pad this wide and high
MOST_POINTS = 4000
COMMON = ("password", "passwort", "qwerty", "letmein", "welcome", "123456", "clinic", "reflow")


def wait(failures: Sequence[datetime], now: datetime, free: int = FREE_TRIES) -> timedelta:
    """How long to wait before the next try: nothing for the first `free`, then doubling up to `LONGEST_WAIT`.

    `failures` are the uncleared wrong tries of one account or one place, in any order.
    """
    recent = sorted(at for at in failures if now - at < FORGET_AFTER)
    if len(recent) < free:
        return timedelta()
    doublings = min(len(recent) - free, 10)
    pause = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    return max(recent[-1] + pause - now, timedelta())


def pin_closed(failures: Sequence[datetime], now: datetime) -> bool:
    """Is the PIN closed until the next sign-in with the password?"""
    return len([at for at in failures if now - at < FORGET_AFTER]) >= PIN_TRIES


def idle(seen_at: datetime, now: datetime) -> bool:
    """Has nobody touched this tablet for so long that it locks?"""
    return now - seen_at >= IDLE_LOCK


def shift_over(opened_at: datetime, now: datetime) -> bool:
    """Must the password be given again?"""
    return now - opened_at >= SHIFT


def password_problem(password: str, username: str) -> str | None:
    """What is wrong with a new password, or None. Length and guessability only, no composition rules."""
    if len(password) < PASSWORD_MIN:
        return f"Use at least {PASSWORD_MIN} characters: three or four words are easy to remember"
    if len(password) > PASSWORD_MAX:
        return f"Use {PASSWORD_MAX} characters or fewer"
    folded = password.casefold()
    if len(set(folded)) < 5 or folded.strip("0123456789 .!-_") in COMMON:
        return "This password is easy to guess: use three or four unrelated words"
    if username and username.casefold() in folded:
        return "Leave your user name out of the password"
    return None


def pin_problem(pin: str) -> str | None:
    """What is wrong with a new PIN, or None."""
    if not (pin.isascii() and pin.isdigit() and len(pin) in PIN_LENGTH):
        return f"Use {PIN_LENGTH[0]} to {PIN_LENGTH[-1]} digits"
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {-1}):
        return "This PIN is easy to guess: avoid runs and repeats"
    return None


def strokes(text: str) -> list[list[list[int]]]:
    """The lines of a drawn signature, each a list of [x, y] within the pad. Raises ValueError in words."""
    again = "The drawing cannot be read. Clear it and draw again, or leave it empty"
    if not text:
        return []
    try:
        lines = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(again) from error
    if not (isinstance(lines, list) and all(isinstance(line, list) for line in lines)):
        raise ValueError(again)
    points = [point for line in lines for point in line]
    if len(points) > MOST_POINTS:
        raise ValueError("The drawing is too long. Clear it and draw your signature once")
    if not all(_on_pad(point) for point in points):
        raise ValueError(again)
    return [line for line in lines if line]


def _on_pad(point: object) -> bool:
    return (
        isinstance(point, list) and len(point) == len(PAD)
        and all(type(at) is int and 0 <= at <= most for at, most in zip(point, PAD, strict=True))
    )  # fmt: skip
