"""What the browser carries to a FI (pure): OIDC Core 3.1.2.1, and the parameters of the FI contract."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from federation.rp.transaction import PendingTransaction
from proconnect.kernel.assurance import Acr
from proconnect.kernel.contracts.identity_provider import AuthenticationAsk

SCOPE = "openid uid given_name usual_name email siren siret organizational_unit belonging_population phone chorusdt"


def parameters(
    our_client_id: str, ask: AuthenticationAsk, state: str, pending: PendingTransaction
) -> dict[str, str]:
    """Empty values are left out."""
    asked = {
        "response_type": "code",
        "client_id": our_client_id,
        "redirect_uri": ask.return_to,
        "scope": SCOPE,
        "state": state,
        "nonce": pending.nonce,
        "code_challenge": pending.challenge,
        "code_challenge_method": "S256",
        "claims": json.dumps({"id_token": {"amr": None, "acr": _level_claim(ask)}}, separators=(",", ":")),
        "acr_values": _voluntary_levels(ask),
        "prompt": "login" if ask.fresh else "",
        "max_age": "" if ask.max_age is None else str(int(ask.max_age.total_seconds())),
        "login_hint": ask.login_hint,
        "siret_hint": ask.siret_hint,
        "sp_id": ask.client_id,
        "sp_name": ask.client_name,
        "remember_me": "true" if ask.remember_me else "false",
    }
    return {name: value for name, value in asked.items() if value}


def with_parameters(url: str, sent: Mapping[str, str]) -> str:
    """The URL may have a query of its own (RFC 6749 3.1)."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(sent))))
    return urlunsplit(parts._replace(query=query, fragment=""))


def _level_claim(ask: AuthenticationAsk) -> dict[str, Any] | None:
    """OIDC Core 5.5.1.1: an essential level is asked here."""
    return {"essential": True, "values": list(ask.demanded_acr)} if ask.demanded_acr else None


def _voluntary_levels(ask: AuthenticationAsk) -> str:
    """Never beside a demand: some FI would take both as required. Nothing asked: the usual level."""
    return "" if ask.demanded_acr else " ".join(ask.preferred_acr or (Acr.EIDAS1,))
