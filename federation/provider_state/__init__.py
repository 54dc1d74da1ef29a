"""How each FI does: its returns counted minute by minute, an alarm when they go wrong, a public page."""

from federation.provider_state.counts import count, flush, forget
from federation.provider_state.rules import Outcome

__all__ = ["Outcome", "count", "flush", "forget"]
