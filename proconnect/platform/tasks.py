"""Handlers of the outbox, and chores, that no app owns."""

from proconnect.platform import housekeeping, mail

__all__ = ["housekeeping", "mail"]
