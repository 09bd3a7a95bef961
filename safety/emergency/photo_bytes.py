"""A photo as it may be kept: looked at within limits, then drawn anew, so that nothing but its pixels stays.

No place, no device, no thumbnail, no second file hidden behind the first: what is stored was written here.
"""

import io
import threading
from dataclasses import dataclass

from PIL import Image, ImageOps

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 24_000_000  # more than any tablet takes; drawn anew it needs some 150 MB for a moment
JPEG_STARTS = b"\xff\xd8\xff"
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


def redrawn(data: bytes) -> Photo:
    """The photo in these bytes, upright, as a JPEG of its pixels alone. Raises BadPhoto."""
    if not data.startswith(JPEG_STARTS):
        raise BadPhoto("this is not a JPEG photo")
    with _one_at_a_time:
        try:
            return _draw(data)
        except (OSError, ValueError, SyntaxError, IndexError, Image.DecompressionBombError) as fault:
            raise fault if isinstance(fault, BadPhoto) else BadPhoto("the photo cannot be read") from fault
        except Image.DecompressionBombWarning as fault:  # a warning that was told to be an error
            raise BadPhoto("the photo has too many pixels") from fault


def _draw(data: bytes) -> Photo:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as found:  # reads the head, no pixel yet
        if found.width * found.height > MOST_PIXELS:
            raise BadPhoto("the photo has too many pixels")
        upright = ImageOps.exif_transpose(found).convert("RGB")
    fresh = Image.frombytes("RGB", upright.size, upright.tobytes())  # an image that never knew the old file
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=QUALITY)
    return Photo(out.getvalue(), *fresh.size)
