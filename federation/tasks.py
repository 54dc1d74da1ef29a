"""Handlers of the outbox that this app owns."""

from federation.op import logout
from federation.registry import ownership

__all__ = ["logout", "ownership"]
