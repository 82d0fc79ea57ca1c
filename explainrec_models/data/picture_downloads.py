"""Pictures of items from web addresses: bounded, polite, resumable, and never fatal where one cannot be had."""

import csv
import io
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import Progress

from explainrec_models.data.arrivals import copy_whole, readable_file
from explainrec_models.data.gzip_streams import UnpackError, open_stream
from explainrec_models.data.picture_cache import NotAPictureError, PictureCache
from explainrec_models.data.pictures import (
    FOLDER,
    NO_ID,
    REPEATED,
    PictureArrival,
    file_name,
    is_id,
    picture_paths,
)
from explainrec_models.data.polite_client import Manners, PoliteClient, RefusedError
from explainrec_models.errors import DataError

OVER_COUNT = "pictures_over_the_limit_of_their_number"
OVER_TOTAL = "pictures_over_the_limit_of_their_total_size"
NO_ADDRESS = "rows_without_a_web_address"
_SIZE_CODE = re.compile(r"\._[^/]*_(?=\.[A-Za-z]{3,4}$)")
_AMAZON_HOSTS = (".media-amazon.com", ".ssl-images-amazon.com", ".images-amazon.com")
_WEB = ("http://", "https://", "//")
_LONGEST_FIELD = 128 * 1024
_ROWS_LOOKED_AT = 100
_NAME = re.compile(r"[A-Za-z][A-Za-z_ .:-]*")
_MISSING = frozenset({"na", "n.a.", "nan", "none", "null", "missing"})


@dataclass(frozen=True)
class DownloadLimits:
    """What a run of downloads may cost."""

    pictures: int = 250_000
    """Asked for; the first ones in the order of the addresses."""
    picture_bytes: int = 20 * 1024**2
    total_bytes: int = 64 * 1024**3
    hosts_at_once: int = 4
    manners: Manners = field(default_factory=Manners)


def download_pictures(
    addresses: Mapping[str, str],
    out: Path,
    *,
    cache: Path,
    limits: DownloadLimits,
    private_hosts: Collection[str] = (),
    ask_again: bool = False,
) -> PictureArrival:
    """Fetch the picture of each item into ``out/images``; those that cannot be had are counted by reason.

    Args:
        addresses: item id to http or https address.
        out: raw folder of a dataset; an item that has a picture there keeps it.
        cache: folder in which pictures stay, and lasting refusals such as 404, so that a killed run goes on.
        limits: what it may cost.
        private_hosts: names of hosts that may lie in a private network; all others there are refused.
        ask_again: whether to ask for what was refused before.
    """
    counts: Counter[str] = Counter()
    wanted = _wanted(addresses, out, limits, counts)
    kept = PictureCache(cache)
    client = PoliteClient(limits.manners, max_bytes=limits.picture_bytes, private_hosts=private_hosts)
    reasons = _fetch(dict.fromkeys(wanted.values()), kept, client, limits, ask_again=ask_again)
    total = brought = 0
    for item_id, address in wanted.items():
        picture = kept.picture(address)
        if picture is None:
            counts[reasons.get(address, OVER_TOTAL)] += 1
            continue
        total += picture.stat().st_size
        if total > limits.total_bytes:
            counts[OVER_TOTAL] += 1
            continue
        copy_whole(picture, out / FOLDER / (file_name(item_id) + picture.suffix))
        brought += 1
    return PictureArrival(brought, dict(sorted(counts.items())))


def _wanted(addresses: Mapping[str, str], out: Path, limits: DownloadLimits, counts: Counter[str]) -> dict[str, str]:
    present = picture_paths(out).keys()
    wanted: dict[str, str] = {}
    for item_id, address in addresses.items():
        if item_id in present:
            counts[REPEATED] += 1
        elif not is_id(item_id):
            counts[NO_ID] += 1
        elif len(wanted) >= limits.pictures:
            counts[OVER_COUNT] += 1
        else:
            wanted[item_id] = address
    return wanted


def _fetch(
    addresses: Iterable[str], cache: PictureCache, client: PoliteClient, limits: DownloadLimits, *, ask_again: bool
) -> dict[str, str]:
    """Bring the pictures that are not in the cache into it, several hosts at once; return why others are not there."""
    reasons: dict[str, str] = {}
    by_host: dict[str, list[str]] = {}
    spent = 0
    for address in addresses:
        picture = cache.picture(address)
        if picture is not None:
            spent += picture.stat().st_size
        elif not ask_again and (reason := cache.refusal(address)):
            reasons[address] = reason
        else:
            by_host.setdefault(_host(address), []).append(address)
    run = _Run(cache, client, limits.total_bytes - spent, reasons)
    with _progress(sum(map(len, by_host.values()))) as advance, ThreadPoolExecutor(limits.hosts_at_once) as pool:
        try:
            for done in as_completed([pool.submit(run.fetch_all, each, advance) for each in by_host.values()]):
                done.result()
        finally:
            # An interrupted run ends with the answers that are under way.
            client.stop()
            pool.shutdown(cancel_futures=True)
            client.close()
    return reasons


class _Run:
    """What the threads of one run share."""

    def __init__(self, cache: PictureCache, client: PoliteClient, left: int, reasons: dict[str, str]) -> None:
        self._cache, self._client, self._left, self._reasons = cache, client, left, reasons
        self._lock = threading.Lock()

    def fetch_all(self, addresses: Sequence[str], advance: Callable[[], None]) -> None:
        """Fetch the pictures of one host, one after the other."""
        for address in addresses:
            reason = self._fetch(address)
            if reason:
                self._reasons[address] = reason
            advance()

    def _fetch(self, address: str) -> str:
        """Bring one picture into the cache and return the empty string, or why it does not come."""
        if self._left <= 0:
            return OVER_TOTAL
        try:
            content = self._client.get(address)
            with self._lock:
                self._left -= len(content)
            self._cache.keep(address, content)
        except (RefusedError, NotAPictureError) as error:
            if error.lasting:
                self._cache.refuse(address, error.reason)
            return error.reason
        return ""


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """Yield what moves a progress bar by one; on anything but a terminal it does nothing."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("pictures", total=total)
        yield lambda: progress.advance(task)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def full_size(address: str) -> str:
    """Return an address of Amazon's picture hosts without the code for a size; others stay as they are.

    >>> full_size("https://m.media-amazon.com/images/I/31Q._SX38_SY50_CR,0,0,38,50_.jpg")
    'https://m.media-amazon.com/images/I/31Q.jpg'
    """
    host = f".{_host(address)}"
    return _SIZE_CODE.sub("", address) if host.endswith(_AMAZON_HOSTS) else address


def read_addresses(path: Path) -> tuple[dict[str, str], dict[str, int]]:
    """Read a table of item ids and addresses: comma-separated, plain or gzipped, with a header or without.

    The column of addresses is the first that holds one; the ids are in the first other column.

    Returns:
        Item id to address, in file order, the first of each item; and reason to count, of rows left out.

    Raises:
        MissingArtefactError: the file is not there.
        DataError: it cannot be read, or has no column of addresses or none beside it.
    """
    found: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for item_id, address in _rows(readable_file(path)):
        if not is_id(item_id):
            counts[NO_ID] += 1
        elif not address.lower().startswith(_WEB):
            counts[NO_ADDRESS] += 1
        elif item_id in found:
            counts[REPEATED] += 1
        else:
            found[item_id] = f"https:{address}" if address.startswith("//") else address
    return found, dict(sorted(counts.items()))


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    """Yield id and address of each row; empty lines have none."""
    # Titles in another column may be in any encoding; an id that is not UTF-8 cannot be used and is counted.
    with io.TextIOWrapper(open_stream(path), encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        # The limit is one for the whole process, and readers of other tables raise it.
        limit = csv.field_size_limit(_LONGEST_FIELD)
        try:
            first = list(islice(reader, _ROWS_LOOKED_AT))
            ids, addresses = _columns(path, first)
            rows = (row for row in chain(first[_header_rows(first, ids, addresses) :], reader) if row)
            yield from ((_cell(row, ids), _cell(row, addresses)) for row in rows)
        except (csv.Error, UnpackError) as error:
            message = (
                f"{path}, line {reader.line_num}: {error}. Expected comma-separated item ids and addresses; correct "
                "the line, or fetch the file again."
            )
            raise DataError(message) from error
        finally:
            csv.field_size_limit(limit)


def _columns(path: Path, rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    with_address = {place for row in rows for place, cell in enumerate(row) if cell.strip().lower().startswith(_WEB)}
    if not with_address or max(map(len, rows)) == 1:
        message = (
            f"{path}: expected a column of item ids and one of web addresses, separated by a comma; "
            f"{'the ids are missing' if with_address else f'the first {len(rows)} rows hold no web address'}."
        )
        raise DataError(message)
    addresses = min(with_address)
    return (1 if addresses == 0 else 0), addresses


def _header_rows(rows: Sequence[Sequence[str]], ids: int, addresses: int) -> int:
    """Return 1 if the first row names the columns: no address, and words without a digit in both places."""
    cells = (_cell(rows[0], ids), _cell(rows[0], addresses))
    names_a_column = bool(_NAME.fullmatch(cells[1])) and cells[1].lower() not in _MISSING
    return int(names_a_column and not re.search(r"\d", cells[0]))


def _cell(row: Sequence[str], place: int) -> str:
    return row[place].strip() if place < len(row) else ""
