"""Photos for the tests: drawn here, with everything in them that must not stay."""

import io
import zipfile
from typing import Any

from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from safety.photos import redraw
from tests.emergency.tablet import Device

CANARY = b"Jane Canary Doe"


def jpeg(width: int = 64, height: int = 48, colour: int = 90, **saved: Any) -> bytes:
    """A small photo: a gradient, so that its pixels can be compared."""
    image = Image.new("RGB", (width, height), (colour, 30, 60))
    image.paste((200, 180, 20), (0, 0, width // 2, height // 2))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, **saved)
    return out.getvalue()


def with_everything() -> bytes:
    """A photo as a phone makes it: where, when, with what, a comment, a profile; and a ZIP behind it."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "CanaryPhone", "Model Canary", 6
    exif[0x8825] = {1: "N", 2: (IFDRational(51), IFDRational(27), IFDRational(1)), 3: "W", 4: (2, 35, 0)}
    exif[0x9286] = CANARY
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as file:
        file.writestr("canary.html", "<script>alert('canary')</script>")
    return jpeg(exif=exif, comment=CANARY, icc_profile=CANARY * 9) + hidden.getvalue()


def png() -> bytes:
    """The same as PNG."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


def bomb() -> bytes:
    """A head that promises far more pixels than the file has bytes."""
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = b"\xff\xf0\xff\xf0"
    return bytes(data)


def slightly_too_large() -> bytes:
    """As many pixels as no tablet takes, in few bytes."""
    side = int(redraw.MOST_PIXELS**0.5) + 8
    out = io.BytesIO()
    Image.new("L", (side, side)).save(out, "JPEG")
    return out.getvalue()


def put(tablet: Device, photo: str, data: bytes, **options: Any) -> Any:
    """Send the bytes of a photo, as the tablet does."""
    headers = {"Content-Type": "image/jpeg", **tablet.headers(), **options.pop("headers", {})}
    return tablet.client.put(
        f"/emergencies/{tablet.run}/photos/{photo}", data=data, headers=headers, **options
    )
