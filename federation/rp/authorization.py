"""What the browser carries to a FI (pure): OIDC Core 3.1.2.1, and the parameters of the FI contract."""

import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from federation import quirks
from federation.rp.transaction import PendingTransaction
from proconnect.kernel.assurance import Acr
from proconnect.kernel.contracts.identity_provider import AuthenticationAsk

SCOPE_OF_ENTRA = "openid email profile"
SCOPE = "openid uid given_name usual_name email siren siret organizational_unit belonging_population phone chorusdt"


def parameters(
    our_client_id: str,
    ask: AuthenticationAsk,
    state: str,
    pending: PendingTransaction,
    bent: Collection[str] = (),
) -> dict[str, str]:
    """Empty values are left out. ``bent``: the quirks of this FI."""
    asked = {
        "response_type": "code",
        "client_id": our_client_id,
        "redirect_uri": ask.return_to,
        "scope": SCOPE_OF_ENTRA if quirks.ENTRA_ID in bent else SCOPE,
        "state": state,
        "nonce": pending.nonce,
        **_challenge(pending, bent),
        **_levels(ask, bent),
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


def _challenge(pending: PendingTransaction, bent: Collection[str]) -> dict[str, str]:
    """RFC 7636 4.3."""
    if not quirks.takes_pkce(bent):
        return {}
    return {"code_challenge": pending.challenge, "code_challenge_method": "S256"}


def _levels(ask: AuthenticationAsk, bent: Collection[str]) -> dict[str, str]:
    """A demand goes by ``claims`` alone (some FI would take ``acr_values`` beside it as required too), a wish by
    ``acr_values``. A FI that takes no ``claims`` is told its demand by ``acr_values``, for want of better.
    """
    if not quirks.takes_claims_parameter(bent):
        return {
            "acr_values": _values(ask.demanded_acr or ask.preferred_acr) if quirks.says_a_level(bent) else ""
        }
    if not quirks.says_a_level(bent):
        return {"claims": _claims(amr=None)}
    if ask.demanded_acr:  # OIDC Core 5.5.1.1
        return {"claims": _claims(amr=None, acr={"essential": True, "values": list(ask.demanded_acr)})}
    return {"claims": _claims(amr=None, acr=None), "acr_values": _values(ask.preferred_acr)}


def _claims(**of_id_token: Any) -> str:
    return json.dumps({"id_token": of_id_token}, separators=(",", ":"))


def _values(levels: Collection[str]) -> str:
    """Nothing asked: the usual level."""
    return " ".join(levels or (Acr.EIDAS1,))
