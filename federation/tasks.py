"""Handlers of the outbox that this app owns."""

from federation.op import logout

__all__ = ["logout"]
