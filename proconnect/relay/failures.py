"""Why a call by the relay came to nothing: three causes, for three people to mend."""

from proconnect.kernel.outbound import OutboundFailure


class RelaySilent(OutboundFailure):
    """The queue does not answer, no relay gives a sign of life, or none answered in time."""


class EnvelopeRefused(OutboundFailure):
    """What came back was not written by a relay that shares our keys, or not for this order."""


class RelayFailed(OutboundFailure):
    """The relay called the FI in vain, or was not allowed to."""

    def __init__(self, host: str, cause: str, *, is_the_provider: bool) -> None:
        super().__init__(host, cause)
        self.is_the_provider = is_the_provider
