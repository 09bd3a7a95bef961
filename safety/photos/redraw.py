"""A photo as it may be kept: looked at within limits, then drawn anew, so that nothing but its pixels stays.

No place, no device, no thumbnail, no second file hidden behind the first: what is stored was written here.
"""

import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 24_000_000  # more than any tablet takes; drawn anew it needs some 150 MB for a moment
JPEG, PNG, WEBP = "JPEG", "PNG", "WEBP"
HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif"})
QUALITY = 92
_one_at_a_time = threading.Lock()  # eight of these at once would be more memory than a clinic's computer has


class BadPhoto(ValueError):
    """These bytes are not a photo we keep. The message says why."""


@dataclass(frozen=True)
class Photo:
    """A photo drawn by us."""

    data: bytes
    width: int
    height: int


def kind(data: bytes) -> str | None:
    """What these bytes begin as: JPEG, PNG, WEBP, HEIC, or None. Names and content types are not believed."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    return "HEIC" if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS else None


def redrawn(data: bytes, kinds: frozenset[str] = frozenset({JPEG})) -> Photo:
    """The photo in these bytes, upright, as a JPEG of its pixels alone. `kinds`: what is taken.

    Raises BadPhoto.
    """
    found = kind(data)
    if found not in kinds or found is None:
        raise BadPhoto("this is not a JPEG photo")
    with _one_at_a_time:
        try:
            return _draw(data, found)
        except (OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError) as fault:
            raise fault if isinstance(fault, BadPhoto) else BadPhoto("the photo cannot be read") from fault
        except Image.DecompressionBombWarning as fault:  # a warning that was told to be an error
            raise BadPhoto("the photo has too many pixels") from fault


def _draw(data: bytes, kind_: str) -> Photo:
    with Image.open(io.BytesIO(data), formats=(kind_,)) as found:  # reads the head, no pixel yet
        if found.width * found.height > MOST_PIXELS:
            raise BadPhoto("the photo has too many pixels")
        upright = _flat(ImageOps.exif_transpose(found))
    fresh = Image.frombytes("RGB", upright.size, upright.tobytes())  # an image that never knew the old file
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=QUALITY)
    return Photo(out.getvalue(), *fresh.size)


def _flat(image: Image.Image) -> Image.Image:
    """Without transparency: what a PNG hides behind it would otherwise come out."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        ground.alpha_composite(seen)
        return ground.convert("RGB")
    return image.convert("RGB")
