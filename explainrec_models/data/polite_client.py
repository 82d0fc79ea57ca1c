"""Getting small files from hosts that nobody vouches for: with pauses, within bounds, never from a private network.

Built on urllib3, which keeps connections open, speaks through proxies and notices bodies that are cut short; it is what
dvc and dagster speak HTTP with, so it is installed anyway.
"""

import socket
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urljoin

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Retry, Timeout
from urllib3.exceptions import HTTPError, InvalidHeader, LocationParseError, ProtocolError, ReadTimeoutError
from urllib3.util import Url, parse_url

from explainrec_models.data.public_hosts import PrivateAddressError, connection_pool

BAD_ADDRESS = "pictures_whose_address_is_no_web_address"
PRIVATE = "pictures_in_a_private_network"
NOT_FOUND = "pictures_not_found"
FORBIDDEN = "pictures_refused_by_their_host"
TOO_LARGE = "pictures_larger_than_the_limit"
TOO_MANY_REDIRECTS = "pictures_behind_too_many_redirects"
UNREACHABLE = "pictures_of_hosts_that_cannot_be_reached"
TOO_SLOW = "pictures_of_hosts_that_are_too_slow"
CUT_SHORT = "pictures_cut_short"
SERVER_ERROR = "pictures_whose_host_reports_an_error"
ASKED_TO_WAIT = "pictures_of_hosts_that_asked_to_wait"
STOPPED = "pictures_not_tried"

_AGENT = "explainrec (pictures for research on recommendation)"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_OK = 200
_NO_MORE_CONTENT = 300
_SERVER_ERRORS = 500
_CHUNK = 64 * 1024
_OFFLINE_AFTER = 50
"""Failures in a row, of whatever hosts, after which there is no network to speak of."""


@dataclass(frozen=True)
class Manners:
    """How a host is treated, and for how long it is borne with."""

    pause_seconds: float = 0.1
    """Between two requests to one host."""
    timeout_seconds: float = 10.0
    """For connecting, and for each read."""
    body_seconds: float = 60.0
    """For one whole answer, so that a trickle ends too."""
    tries: int = 3
    back_off_seconds: float = 0.5
    """Before the second try; it doubles with each."""
    longest_wait_seconds: float = 60.0
    """A host that asks for a longer pause (Retry-After) is left alone for the rest of the run."""
    redirects: int = 5
    failures: int = 5
    """In a row, after which a host is left alone for the rest of the run."""


class RefusedError(Exception):
    """A body that did not come, for a reason to be counted. Not for the user: nothing of it is fatal."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        self.reason = reason
        self.lasting = lasting
        """Whether the same would come of asking again on another day."""
        super().__init__(reason)


class _TransientError(Exception):
    def __init__(self, reason: str, *, wait: float = 0.0, again: bool = True) -> None:
        self.reason, self.wait, self.again = reason, wait, again
        super().__init__(reason)


@dataclass
class _Host:
    """What is known of a host; whoever speaks to it holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    pools: dict[tuple[str, int | None], HTTPConnectionPool] = field(default_factory=dict)
    lookups: int = 0
    free_at: float = 0.0
    failures: int = 0
    left_alone: str = ""


class PoliteClient:
    """Threads may share it; each host is asked by one of them at a time."""

    def __init__(self, manners: Manners, *, max_bytes: int, private_hosts: Collection[str] = ()) -> None:
        """Remember the bounds; nothing is connected yet.

        Args:
            manners: how hosts are treated.
            max_bytes: of a body.
            private_hosts: names that may lie in a private network.
        """
        self._manners, self._max_bytes, self._private_hosts = manners, max_bytes, private_hosts
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._failures = 0

    def get(self, address: str) -> bytes:
        """Return the body behind an address.

        Raises:
            RefusedError: it does not come, or must not be asked for; the reason is one of this module's.
        """
        for _hop in range(self._manners.redirects + 1):
            url = _web_address(address)
            answer = self._ask(url)
            if isinstance(answer, bytes):
                return answer
            address = _joined(url, answer)
        raise RefusedError(TOO_MANY_REDIRECTS, lasting=True)

    def stop(self) -> None:
        """End all waiting; what is asked from here on is refused."""
        self._stop.set()

    def close(self) -> None:
        """Stop and close all connections; no other thread may use the client any more."""
        self.stop()
        for host in self._hosts.values():
            for pool in host.pools.values():
                pool.close()

    def _ask(self, url: Url) -> bytes | str:
        """Ask one host until it answers: with a body, or with the address that it redirects to."""
        with self._lock:
            host = self._hosts.setdefault(str(url.host), _Host())
        with host.lock:
            for attempt in range(self._manners.tries):
                self._await_turn(host)
                try:
                    answer = self._ask_once(host, url)
                except _TransientError as error:
                    reason, again = error.reason, error.again
                    wait = error.wait or self._manners.back_off_seconds * 2**attempt
                except RefusedError:
                    self._answered(host)
                    raise
                else:
                    self._answered(host)
                    return answer
                if wait > self._manners.longest_wait_seconds:
                    host.left_alone = ASKED_TO_WAIT
                    raise RefusedError(ASKED_TO_WAIT)
                host.free_at = time.monotonic() + max(wait, self._manners.pause_seconds)
                if not again:
                    break
            self._failed(host, reason)
            raise RefusedError(reason)

    def _await_turn(self, host: _Host) -> None:
        if not host.left_alone:
            self._stop.wait(max(0.0, host.free_at - time.monotonic()))
        if self._stop.is_set():
            raise RefusedError(STOPPED)
        if host.left_alone:
            raise RefusedError(host.left_alone)

    def _answered(self, host: _Host) -> None:
        host.free_at = time.monotonic() + self._manners.pause_seconds
        host.failures = self._failures = 0

    def _failed(self, host: _Host, reason: str) -> None:
        host.failures += 1
        self._failures += 1
        if host.failures >= self._manners.failures:
            host.left_alone = reason
        if self._failures >= _OFFLINE_AFTER:
            self.stop()

    def _ask_once(self, host: _Host, url: Url) -> bytes | str:
        try:
            pool = self._pool(host, url)
            # A proxy is told the whole address, unless it only passes an encrypted connection on.
            whole = pool.proxy is not None and url.scheme == "http"
            response = pool.urlopen(
                "GET",
                url._replace(fragment=None).url if whole else url.request_uri,
                headers={"Host": str(url.netloc), "User-Agent": _AGENT, "Accept-Encoding": "identity"},
                timeout=Timeout(connect=self._manners.timeout_seconds, read=self._manners.timeout_seconds),
                redirect=False,
                retries=False,
                assert_same_host=False,
                preload_content=False,
                decode_content=False,
            )
            return self._read(response)
        except PrivateAddressError as error:
            raise RefusedError(PRIVATE, lasting=True) from error
        except UnicodeError as error:
            raise RefusedError(BAD_ADDRESS, lasting=True) from error
        except (HTTPError, OSError) as error:
            # Another address of the host may answer where this one does not.
            for pool in host.pools.values():
                pool.close()
            host.pools.clear()
            unknown = isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
            raise _TransientError(_reason(error), again=not unknown) from error

    def _pool(self, host: _Host, url: Url) -> HTTPConnectionPool:
        key = (str(url.scheme), url.port)
        if key not in host.pools:
            host.pools[key] = connection_pool(url, trusted=url.host in self._private_hosts, turn=host.lookups)
            host.lookups += 1
        return host.pools[key]

    def _read(self, response: BaseHTTPResponse) -> bytes | str:
        """Return the body, or where it is said to be; a connection that is not read to its end is closed."""
        whole = False
        try:
            target = response.headers.get("Location")
            if response.status in _REDIRECTS and target:
                return str(target)
            if not _OK <= response.status < _NO_MORE_CONTENT:
                raise _refusal(response)
            body = self._body(response)
            whole = True
        finally:
            if not whole:
                response.close()
            response.release_conn()
        return body

    def _body(self, response: BaseHTTPResponse) -> bytes:
        deadline = time.monotonic() + self._manners.body_seconds
        body = bytearray()
        # One packet at a time: a longer read would wait for a trickle without ever looking at the clock.
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise RefusedError(TOO_LARGE)
            if time.monotonic() > deadline:
                raise _TransientError(TOO_SLOW, again=False)
            if self._stop.is_set():
                raise RefusedError(STOPPED)
        return bytes(body)


def _web_address(address: str) -> Url:
    """Return the parts of an http or https address.

    Raises:
        RefusedError: it is something else, or carries a password.
    """
    try:
        url = parse_url(address)
    except LocationParseError as error:
        raise RefusedError(BAD_ADDRESS, lasting=True) from error
    if url.scheme not in {"http", "https"} or not url.host or url.auth is not None:
        raise RefusedError(BAD_ADDRESS, lasting=True)
    return url


def _joined(url: Url, target: str) -> str:
    try:
        return urljoin(url.url, target)
    except ValueError as error:
        raise RefusedError(BAD_ADDRESS, lasting=True) from error


def _refusal(response: BaseHTTPResponse) -> Exception:
    """Return what an answer that is no content comes to."""
    status = response.status
    if status in _GONE:
        return RefusedError(NOT_FOUND, lasting=True)
    if status in _TRANSIENT:
        reason = SERVER_ERROR if status >= _SERVER_ERRORS else ASKED_TO_WAIT
        return _TransientError(reason, wait=_retry_after(response))
    # Other errors of the server will not pass in seconds, but perhaps until another day.
    return RefusedError(SERVER_ERROR) if status >= _SERVER_ERRORS else RefusedError(FORBIDDEN, lasting=True)


def _retry_after(response: BaseHTTPResponse) -> float:
    try:
        return float(Retry().parse_retry_after(response.headers.get("Retry-After", "0")))
    except (InvalidHeader, OverflowError):
        return 0.0


def _reason(error: Exception) -> str:
    if isinstance(error, ReadTimeoutError | TimeoutError):
        return TOO_SLOW
    if isinstance(error, ProtocolError):
        return CUT_SHORT
    return UNREACHABLE
