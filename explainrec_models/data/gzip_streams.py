"""Reading a file, plain or gzipped, as one stream of bytes that cannot swamp the machine."""

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from isal import igzip, isal_zlib

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC = b"\x1f\x8b"
LARGEST_RATIO = 200
"""Logs and reviews pack to a tenth or a fortieth; deflate itself reaches 1,032 with one byte repeated."""
UNGUARDED_BYTES = 256 * 1024**2
"""A small file may pack as well as it likes."""
_BUFFER_BYTES = 1024**2
# The stubs of isal call this class an exception instead.
_IsalError = cast("type[Exception]", isal_zlib.error)


class UnpackError(Exception):
    """Gzip data that cannot be unpacked, or must not be. Readers turn it into a `DataError` with a place."""


def open_stream(path: Path) -> IO[bytes]:
    """Open a file for reading; it is unpacked if it begins as gzip data do, whatever its name says.

    Reading raises `UnpackError`. Several gzip members one after the other are one stream, as for ``zcat``.
    """
    with path.open("rb") as file:
        packed = file.read(len(MAGIC)) == MAGIC
    stream = io.BufferedReader(_Unpacked(path), _BUFFER_BYTES) if packed else path.open("rb", _BUFFER_BYTES)
    return cast("IO[bytes]", stream)


class _Unpacked(io.RawIOBase):
    def __init__(self, path: Path) -> None:
        self._packed = path.open("rb")
        self._file = cast("gzip.GzipFile", igzip.IGzipFile(fileobj=self._packed))  # type: ignore[no-untyped-call]
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
        self._packed.close()
        super().close()

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        try:
            count = self._file.readinto(buffer)
        except (EOFError, gzip.BadGzipFile, zlib.error, _IsalError) as error:
            message = f"gzip data that ends or breaks near here ({error})"
            raise UnpackError(message) from error
        self._bytes += count
        if self._bytes > UNGUARDED_BYTES and self._bytes > LARGEST_RATIO * self._packed.tell():
            message = f"gzip data that unpack to more than {LARGEST_RATIO} times their size"
            raise UnpackError(message)
        return count
