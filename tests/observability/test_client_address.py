from dataclasses import replace

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from proconnect.observability.client_address import UNKNOWN, client_ip, client_network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        pytest.param(0, "198.51.100.7", "192.0.2.1", id="no proxy of ours: the header is the caller's word"),
        pytest.param(1, "198.51.100.7", "198.51.100.7", id="one proxy"),
        pytest.param(1, "203.0.113.66, 198.51.100.7", "198.51.100.7", id="spoofed entry before the proxy's"),
        pytest.param(2, "203.0.113.66, 198.51.100.7, 10.0.0.2", "198.51.100.7", id="two proxies"),
        pytest.param(2, "198.51.100.7", "192.0.2.1", id="fewer hops than proxies: it came another way"),
        pytest.param(1, "", "192.0.2.1", id="empty header"),
        pytest.param(1, "198.51.100.7, unknown", "192.0.2.1", id="garbage at the proxy's place"),
        pytest.param(1, "' OR 1=1 --, 198.51.100.7", "198.51.100.7", id="garbage before the proxy's place"),
        pytest.param(1, "::ffff:198.51.100.7", "198.51.100.7", id="IPv4 written as IPv6"),
        pytest.param(1, "2001:DB8::1", "2001:db8::1", id="IPv6, one spelling"),
    ],
)
def test_s101_the_client_is_who_our_proxies_saw(
    settings: Settings, proxies: int, forwarded: str, seen: str
) -> None:
    settings.ENV = replace(settings.ENV, trusted_proxy_count=proxies)
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == seen


def test_behind_a_unix_socket_there_is_no_peer() -> None:
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="")) == UNKNOWN


def test_s101_a_subscriber_cannot_hop_within_its_ipv6_network() -> None:
    networks = {
        client_network(RequestFactory().get("/", REMOTE_ADDR=address))
        for address in ("2001:db8::1", "2001:db8::2")
    }
    assert networks == {"2001:db8::/64"}
