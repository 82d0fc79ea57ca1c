"""Connections to hosts of the public internet alone.

A name is looked up once and the connection is made to the address that was checked, so that a host cannot answer the
check with one address and the connection with another.
"""

import ipaddress
import socket
import threading
import urllib.request
from contextlib import suppress

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse
from urllib3.util import Url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HEADER_PATIENCE = 3
"""Times the timeout of one read that the head of an answer may take."""


class PrivateAddressError(Exception):
    """A host in a private network. Not for the user: it is counted."""


def connection_pool(url: Url, *, trusted: bool, turn: int = 0) -> HTTPConnectionPool:
    """Return a pool of one connection to a host, through the user's proxy if there is one.

    Args:
        url: http or https, with a host.
        trusted: whether the host may lie in a private network.
        turn: number of earlier pools; of several addresses of a host each is used in turn.

    Raises:
        PrivateAddressError: the host is not of the public internet.
        OSError: its name cannot be looked up.
        UnicodeError: its name is no name.
    """
    host, scheme = str(url.host).strip("[]"), str(url.scheme)
    port = url.port or _DEFAULT_PORTS[scheme]
    proxy = _proxy(scheme, host)
    try:
        addresses = public_addresses(host, port, trusted=trusted)
    except OSError:
        # Behind a proxy, names outside are often known to the proxy alone.
        if not proxy:
            raise
        addresses = []
    if proxy:
        through = ProxyManager(proxy, num_pools=1, maxsize=1)
        through.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return through.connection_from_host(host, port, scheme)
    address = addresses[turn % len(addresses)]
    if scheme == "http":
        return _HttpPool(address, port, maxsize=1)
    # The certificate is that of the name, not of the number.
    return _HttpsPool(address, port, maxsize=1, server_hostname=host, assert_hostname=host)


def public_addresses(host: str, port: int, *, trusted: bool = False) -> list[str]:
    """Look a host up; the addresses that any machine can reach come first, which are those of IPv4.

    Raises:
        PrivateAddressError: it has no address in the public internet and is not trusted.
        OSError: its name cannot be looked up.
        UnicodeError: its name is no name.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(place[0]) for _family, _type, _protocol, _name, place in sorted(found, key=lambda each: each[0])]
    usable = [address for address in addresses if trusted or is_public(address)]
    if not usable:
        message = f"{host} is in a private network"
        raise PrivateAddressError(message)
    return usable


def is_public(address: str) -> bool:
    """Return whether an address is one of the public internet, also where it wraps an IPv4 address in IPv6.

    >>> [is_public(address) for address in ("93.184.216.34", "10.0.0.1", "::ffff:127.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    """
    number = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
        if number in _NAT64:
            inner = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        if inner is not None:
            number = inner
    return number.is_global and not number.is_multicast


def _proxy(scheme: str, host: str) -> str:
    if urllib.request.proxy_bypass(host):
        return ""
    return urllib.request.getproxies().get(scheme, "")


class _Impatient(HTTPConnection):
    """Hangs up on a host that sends the head of its answer byte by byte; each byte restarts the timeout of a read."""

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as in urllib3
        hung_up = threading.Event()
        timer = threading.Timer(_HEADER_PATIENCE * float(self.timeout or 0), self._hang_up, [hung_up])
        timer.daemon = True
        timer.start()
        try:
            response = super().getresponse()
        finally:
            timer.cancel()
        # The end of the connection passes for the end of the head.
        if hung_up.is_set():
            message = "the head of the answer came too slowly"
            raise TimeoutError(message)
        return response

    def _hang_up(self, hung_up: threading.Event) -> None:
        hung_up.set()
        # The connection may have ended in this very moment.
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


class _ImpatientTls(_Impatient, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Impatient


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _ImpatientTls
