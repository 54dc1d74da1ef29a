"""S-072: which addresses may be called."""

from ipaddress import ip_address

import pytest

from proconnect.kernel.outbound.addresses import Reach, is_loopback, may_call

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
]
NEVER = [
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "0.0.0.0",  # noqa: S104
    "::",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fe80::1",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "224.0.0.1",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_s072_the_internet_may_be_called(address: str) -> None:
    assert may_call(ip_address(address), Reach.PUBLIC)
    assert may_call(ip_address(address), Reach.PRIVATE_NETWORKS)


@pytest.mark.parametrize("address", PRIVATE)
def test_s072_private_networks_are_for_the_fi_that_live_there(address: str) -> None:
    assert not may_call(ip_address(address), Reach.PUBLIC)
    assert may_call(ip_address(address), Reach.PRIVATE_NETWORKS)


@pytest.mark.parametrize("address", NEVER)
def test_s072_this_machine_and_its_cloud_are_out_of_reach(address: str) -> None:
    assert not may_call(ip_address(address), Reach.PUBLIC)
    assert not may_call(ip_address(address), Reach.PRIVATE_NETWORKS)


@pytest.mark.parametrize("address", [*PUBLIC, *PRIVATE, *NEVER])
def test_tests_and_the_demo_may_call_anything(address: str) -> None:
    assert may_call(ip_address(address), Reach.ANYWHERE)


@pytest.mark.parametrize(
    ("host", "answer"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.evil.com", False),
        ("127.0.0.1.evil.com", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_what_names_this_machine(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer
