"""Everything a FI may do wrong, and what must come of it: the table that the test plays and that partners read."""

from tests.federation.faults.fault import Fault
from tests.federation.faults.rows import answer, documents, encryption, identity, logout, tokens, transport

FAULTS: tuple[Fault, ...] = (
    *transport.rows(),
    *documents.rows(),
    *answer.rows(),
    *tokens.rows(),
    *encryption.rows(),
    *identity.rows(),
    *logout.rows(),
)
