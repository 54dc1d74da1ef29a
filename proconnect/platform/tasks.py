"""Handlers of the outbox that no app owns."""

from proconnect.platform import mail

__all__ = ["mail"]
