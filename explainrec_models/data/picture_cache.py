"""Downloaded pictures that a killed run leaves behind whole, and the answers that there is none."""

import hashlib
import io
import json
import struct
from pathlib import Path

from PIL import Image

from explainrec_models.data.outputs import replacing_file

NOT_A_PICTURE = "answers_that_are_no_picture"
TOO_MANY_PIXELS = "pictures_with_too_many_pixels"
PLACEHOLDER = "pictures_of_a_single_pixel"
MAX_PIXELS = 50_000_000
"""A picture that claims more is refused before it is decoded."""
SUFFIX_OF = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif"}
_DRAFT = (256, 256)
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error)
"""What Pillow raises for content that is no picture, or a broken one."""


class NotAPictureError(Exception):
    """Content that is no usable picture. Not for the user: it is counted by its reason."""

    lasting = True
    """The same would come of asking again, until the owner of the address changes what is there."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def picture_suffix(content: bytes) -> str:
    """Decode a picture and return the suffix of its format, whatever its name or the host says.

    Raises:
        NotAPictureError: it is none, is damaged, or has too many pixels or a single one.
    """
    try:
        with Image.open(io.BytesIO(content), formats=tuple(SUFFIX_OF)) as picture:
            width, height, suffix = picture.width, picture.height, SUFFIX_OF[str(picture.format)]
            if width * height <= MAX_PIXELS:
                # The whole file is read, so a cut is noticed, but a JPEG need not be unpacked at its full size.
                picture.draft("RGB", _DRAFT)
                picture.load()
    except Image.DecompressionBombError as error:
        raise NotAPictureError(TOO_MANY_PIXELS) from error
    except _DAMAGED as error:
        raise NotAPictureError(NOT_A_PICTURE) from error
    if width * height > MAX_PIXELS:
        raise NotAPictureError(TOO_MANY_PIXELS)
    # What shops send for a picture that they do not have.
    if width * height == 1:
        raise NotAPictureError(PLACEHOLDER)
    return suffix


class PictureCache:
    """Files named by the digest of an address; the folder ``refused`` may be removed to ask all hosts again."""

    def __init__(self, folder: Path) -> None:
        self._pictures, self._refused = folder / "pictures", folder / "refused"

    def picture(self, address: str) -> Path | None:
        """Return the picture of an address, if it was kept."""
        place = self._place(self._pictures, address)
        paths = (place.with_suffix(suffix) for suffix in SUFFIX_OF.values())
        return next((path for path in paths if path.is_file()), None)

    def refusal(self, address: str) -> str:
        """Return the reason for which an address has no picture, if one was kept."""
        path = self._place(self._refused, address).with_suffix(".json")
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return ""
        return str(kept.get("reason", "")) if isinstance(kept, dict) else ""

    def keep(self, address: str, content: bytes) -> Path:
        """Keep a picture.

        Raises:
            NotAPictureError: it is none.
        """
        suffix = picture_suffix(content)
        return _write_whole(self._place(self._pictures, address).with_suffix(suffix), content)

    def refuse(self, address: str, reason: str) -> None:
        """Keep the reason for which an address has no picture."""
        text = json.dumps({"address": address, "reason": reason}, ensure_ascii=True)
        _write_whole(self._place(self._refused, address).with_suffix(".json"), text.encode())

    @staticmethod
    def _place(folder: Path, address: str) -> Path:
        digest = hashlib.sha256(address.encode("utf-8", errors="surrogatepass")).hexdigest()
        # Folders of hundreds of thousands of files are slow to list.
        return folder / digest[:2] / digest


def _write_whole(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing_file(path) as partial:
        partial.write_bytes(content)
    return path
