"""What an order and its answer say, inside their envelopes (pure)."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from proconnect.kernel.outbound import Answer
from proconnect.relay.envelope import BadEnvelope

HEADERS = frozenset({"accept", "authorization"})  # those of a call to a FI; no other passes


class NotAllowed(Exception):
    """An order the relay must not carry out; the text says why, without the address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """``form``: what is posted; None: it is a GET."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = None

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    def check(self, destinations: frozenset[str]) -> None:
        """Raises NotAllowed."""
        if self.origin not in destinations:
            raise NotAllowed("its destination is not on the relay's list")
        if not HEADERS.issuperset(name.lower() for name in self.headers):
            raise NotAllowed("it carries a header that no call to a FI needs")


@dataclass(frozen=True, slots=True)
class Failure:
    """The relay's own: it did not call, or called in vain."""

    host: str
    cause: str
    is_the_provider: bool  # rather than the relay's list


Outcome = Answer | Failure | Literal["pong"]


def written_call(call: Call | None) -> dict[str, Any]:
    """None: is anybody there?"""
    if call is None:
        return {"ping": True}
    form = dict(call.form) if call.form is not None else None
    return {"url": call.url, "headers": dict(call.headers), "form": form}


def read_call(said: Mapping[str, Any]) -> Call | None:
    """Raises BadEnvelope."""
    match said:
        case {"ping": True}:
            return None
        case {"url": str(url), "headers": dict(headers), "form": None} if _are_texts(headers):
            return Call(url=url, headers=headers)
        case {"url": str(url), "headers": dict(headers), "form": dict(form)} if _are_texts(headers, form):
            return Call(url=url, headers=headers, form=form)
    raise BadEnvelope("its content is no order")


def written_outcome(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case Answer(status, content_type, body, date):
            content = {"content_type": content_type, "body": b64encode(body).decode()}
            return {"status": status, "date": date, **content}
        case Failure(host, cause, is_the_provider):
            return {"host": host, "cause": cause, "is_the_provider": is_the_provider}
    return {"pong": True}


def read_outcome(said: Mapping[str, Any]) -> Outcome:
    """Raises BadEnvelope."""
    match said:
        case {"pong": True}:
            return "pong"
        case {"status": int(status), "date": str(date), "content_type": str(content_type), "body": str(body)}:
            return Answer(status, content_type, b64decode(body), date)
        case {"host": str(host), "cause": str(cause), "is_the_provider": bool(is_the_provider)}:
            return Failure(host, cause, is_the_provider)
    raise BadEnvelope("its content is no answer")


def _are_texts(*mappings: Mapping[Any, Any]) -> bool:
    return all(isinstance(value, str) for each in mappings for pair in each.items() for value in pair)
