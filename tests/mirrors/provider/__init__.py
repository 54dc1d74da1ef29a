"""The demo FI: a real OpenID Provider, with keys of its own, that can misbehave on order."""
