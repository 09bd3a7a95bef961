"""Who looks at a page: a person, an enrolled tablet, nobody; and whether a patient holds the device now."""

from dataclasses import dataclass

from safety.audit.log import Actor

# What opens while a patient holds the device, whatever it was handed over for: a rescue waits for no PIN.
ALWAYS_OPEN = frozenset({
    "static", "healthz", "staff.hand_back",
    "emergency.worker", "emergency.offline", "emergency.manifest", "emergency.scenarios_json",
    "emergency.kit_json", "emergency.new", "emergency.run", "emergency.run_json", "emergency.watch",
    "emergency.handover", "emergency.read_events", "emergency.take_events", "emergency.take_photo",
})  # fmt: skip


@dataclass(frozen=True)
class Handed:
    """A device in a patient's hands: only these paths open until somebody of staff takes it back.

    `about` is the record it was handed over for, such as `screening:<id>`; `after` the path staff go on to.
    """

    id: str
    prefixes: tuple[str, ...]
    about: str
    after: str
    by_id: str
    by_name: str

    def covers(self, path: str) -> bool:
        """Is this one of the pages the device was handed over for?"""
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self.prefixes)

    def opens(self, endpoint: str, path: str) -> bool:
        """May this page be opened by a patient?"""
        return endpoint in ALWAYS_OPEN or self.covers(path)


@dataclass(frozen=True)
class Viewer:
    """Who looks at this page. Nobody signed in: no member. An enrolled device: a tablet, signed in or not."""

    member_id: str | None = None
    name: str = ""
    role: str | None = None
    sign_in_id: str | None = None
    clinic_id: str | None = None
    clinic_name: str = ""
    time_zone: str = "UTC"
    tablet_id: str | None = None
    tablet_name: str = ""
    room_id: str | None = None
    revoked: Actor | None = None  # this was a tablet: it delivers what it recorded, nothing else
    handed: Handed | None = None  # a patient holds the device; pages act in the name of who handed it over

    @property
    def is_signed_in(self) -> bool:
        """Has a person shown who they are?"""
        return self.member_id is not None

    @property
    def is_tablet(self) -> bool:
        """Is this an enrolled device?"""
        return self.tablet_id is not None

    @property
    def initials(self) -> str:
        """Two letters for the round badge."""
        return initials(self.name)


def initials(name: str) -> str:
    """First letters of the first and the last name."""
    words = name.removeprefix("Dr ").split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()
