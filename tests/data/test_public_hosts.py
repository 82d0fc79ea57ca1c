import ipaddress

import pytest

from explainrec_models.data.public_hosts import PrivateAddressError, is_public, public_addresses

PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104  # an address to refuse, not one to listen on
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "2002:0a00:0001::1",
    "64:ff9b::7f00:1",
    "2001:0:0:0:0:0:80ff:fffe",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_private_networks(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_addresses_of_the_public_internet(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1"])
def test_names_are_judged_by_the_address_that_they_lead_to(host: str) -> None:
    with pytest.raises(PrivateAddressError, match="is in a private network"):
        public_addresses(host, 80)
    found = public_addresses(host, 80, trusted=True)
    assert all(ipaddress.ip_address(address).is_loopback for address in found)
    assert found[0] == "127.0.0.1"
