"""Why a call to the outside came to nothing. Texts name the host and the cause, never a parameter nor a header."""


class OutboundFailure(Exception):
    """Nothing usable came back."""

    def __init__(self, host: str, cause: str) -> None:
        super().__init__(f"{host}: {cause}")
        self.host = host
        self.cause = cause


class AddressRefused(OutboundFailure):
    """The URL, or what its name resolves to, is a place this program must not call."""


class Unreachable(OutboundFailure):
    """No such name, connection refused or cut, wrong certificate, broken HTTP."""


class TooSlow(OutboundFailure):
    """A deadline passed: connection, reading, or the whole exchange."""


class TooLarge(OutboundFailure):
    """The answer is bigger than any honest one."""


class Resting(OutboundFailure):
    """The destination failed too often a moment ago, or too many calls to it are already running."""
