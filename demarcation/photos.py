"""Pictures of stakes: the original stays inside the workspace, a copy that leaves has nothing but the picture."""

import hashlib
import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from demarcation.model import Photo
from geo.errors import DataError, FileError, OutputError
from geo.write import write_bytes
from layers.workspace import PHOTOS_DIR

__all__ = ["MOST_BYTES", "MOST_PIXELS", "clean_copy", "keep_photo"]

#: Larger pictures are not kept.
MOST_BYTES, MOST_PIXELS = 25 * 2**20, 60_000_000
_SUFFIXES = {"JPEG": "jpg", "PNG": "png"}
_QUALITY = 90


def keep_photo(folder: Path, name: str, data: bytes) -> Photo:
    """Keep a picture in a workspace, under the hash of its bytes.

    Parameters
    ----------
    folder
        Of the workspace.
    name
        Of its file; folders in it are left out.
    data
        JPEG or PNG.

    Raises
    ------
    DataError
        When it is no such picture, or too large.
    OutputError
        When it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (2, 2)).save(file, "PNG")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keep_photo(Path(folder), "a/b.png", file.getvalue()).name
    'b.png'
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    with _opened(name, data) as picture:
        suffix = _SUFFIXES[str(picture.format)]
    photo = Photo(name, hashlib.sha256(data).hexdigest(), suffix)
    place = _place(folder, photo)
    if not place.is_file():
        try:
            place.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError("output_failed", path=PHOTOS_DIR, reason=error.strerror or str(error)) from error
        write_bytes(place, data)
    return photo


def clean_copy(folder: Path, photo: Photo) -> bytes:
    """The picture alone, upright: without place, time, camera and whatever else its file says.

    Raises
    ------
    FileError
        When it is not in the workspace, or not the one that was kept.
    DataError
        As :func:`keep_photo`.

    Examples
    --------
    >>> import tempfile
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (2, 2)).save(file, "PNG")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     photo = keep_photo(Path(folder), "b.png", file.getvalue())
    ...     Image.open(io.BytesIO(clean_copy(Path(folder), photo))).size
    (2, 2)
    """
    place = _place(folder, photo)
    try:
        data = place.read_bytes()
    except OSError as error:
        raise FileError("file_damaged", file=photo.name, reason=error.strerror or str(error)) from None
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        raise FileError("file_damaged", file=photo.name, reason="sha256")
    with _opened(photo.name, data) as picture:
        upright = ImageOps.exif_transpose(picture)
        # Pixels alone are put into a new picture: nothing that the file says beside them can come along.
        bare = Image.new("RGB", upright.size)
        bare.paste(upright.convert("RGB"))
    out = io.BytesIO()
    if photo.suffix == "png":
        bare.save(out, "PNG")
    else:
        bare.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _place(folder: Path, photo: Photo) -> Path:
    if not (len(photo.sha256) == hashlib.sha256().digest_size * 2 and photo.sha256.isalnum()):
        raise FileError("file_damaged", file=photo.name, reason="sha256")
    return folder / PHOTOS_DIR / f"{photo.sha256}.{photo.suffix}"


def _opened(name: str, data: bytes) -> Image.Image:
    """A picture whose pixels were read."""
    if len(data) > MOST_BYTES:
        raise DataError("photo_too_large", name=name, most_mb=MOST_BYTES // 2**20, most_mpx=MOST_PIXELS // 10**6)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own limit is the lower one
            picture = Image.open(io.BytesIO(data), formats=tuple(_SUFFIXES))
        if picture.width * picture.height > MOST_PIXELS:
            raise DataError("photo_too_large", name=name, most_mb=MOST_BYTES // 2**20, most_mpx=MOST_PIXELS // 10**6)
        picture.load()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError("photo_unreadable", name=name) from error
    return picture
