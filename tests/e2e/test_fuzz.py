"""Anything at all, sent to the endpoints of the OP: an answer, never a fault of ours, nothing of theirs in it."""

import json

import pytest

from tests.e2e.fuzzing import NAMES, Answer, Endpoint, fuzz
from tests.mirrors.stack import Stack


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_sent_is_answered(stack: Stack, name: str) -> None:
    known = [
        uri
        for client in stack.told["clients"]
        for uri in (*client["redirect_uris"], *client["post_logout_redirect_uris"])
    ]

    def judge(answer: Answer, endpoint: Endpoint) -> None:
        assert answer.status < 500, answer.body[:500]
        assert not any(name.lower() == "x-injected" for name, _ in answer.headers)
        assert "injected=" not in answer.header("set-cookie")
        assert "<pwn" not in answer.body
        assert "Traceback" not in answer.body
        location = answer.header("location")
        assert not location.startswith("//")
        assert not location or location.startswith(("/", f"{stack.site}/", *known)), location
        if endpoint.is_api:
            speaks_as_an_api(answer)

    fuzz(stack, name, judge)


def speaks_as_an_api(answer: Answer) -> None:
    """JSON, but for what is refused before the endpoint is known: a body or an address too large."""
    if answer.header("content-type").startswith("application/json"):
        assert answer.status < 400 or json.loads(answer.body or '{"error": "of a HEAD"}')["error"]
    else:
        assert answer.status in (200, 400, 413, 414, 431), (answer.status, answer.body[:300])
