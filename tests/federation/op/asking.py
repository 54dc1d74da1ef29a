"""What a FS does, in a few words: hold a code, exchange it, read userinfo."""

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.db.models import F
from django.test import Client as Browser
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from federation.models import Account, Client, Grant
from federation.op import grants
from tests.factories.federation import SECRET

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636 appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
TOKEN = "/api/v2/token"
USERINFO = "/api/v2/userinfo"


def new_grant(client: Client, account: Account, **changes: Any) -> grants.NewGrant:
    now = timezone.now()
    usual: dict[str, Any] = {
        "client_pk": client.pk,
        "account": account.sub,
        "sid": uuid4(),
        "session_ends_at": now + timedelta(hours=12),
        "redirect_uri": client.redirect_uris.split()[0],
        "code_challenge": "",
        "scopes": ("openid", "email"),
        "nonce": "a-nonce",
        "acr": "eidas1",
        "amr": ("pwd",),
        "authenticated_at": now - timedelta(minutes=5),
        "claims": {"sub": str(account.sub), "email": "camille.martin@example.gouv.fr"},
        "id_token_claims": (),
        "provider_uid": account.links.get().provider_id,
        "siret": "13002526500013",
        "is_silent": False,
        "journey_id": uuid4(),
        "code_lifetime": timedelta(seconds=60),
    }
    return grants.NewGrant(**(usual | changes))


def a_code(client: Client, account: Account, **changes: Any) -> str:
    return grants.issue_code(new_grant(client, account, **changes))


def basic(client_id: str, secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def ask(form: dict[str, str], *, headers: dict[str, str] | None = None, path: str = TOKEN) -> Any:
    """A form posted as FS libraries do."""
    return Browser().post(
        path, urlencode(form), content_type="application/x-www-form-urlencoded", headers=headers or {}
    )


def exchange(client: Client, code: str | None, **changes: str | None) -> Any:
    form: dict[str, str | None] = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uris.split()[0],
    }
    return ask(_said(form | changes), headers=basic(client.client_id))


def renew(client: Client, refresh_token: str, **changes: str | None) -> Any:
    form: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return ask(_said(form | changes), headers=basic(client.client_id))


def read_userinfo(access_token: str) -> Any:
    return Browser().get(USERINFO, headers={"Authorization": f"Bearer {access_token}"})


def tokens_of(client: Client, account: Account, **changes: Any) -> dict[str, Any]:
    return exchange(client, a_code(client, account, **changes)).json()


def verified(token: str, algorithm: str = "ES256") -> dict[str, Any]:
    """The claims of a JWT of ours, checked with the keys we publish."""
    published = KeySet.import_key_set(Browser().get("/api/v2/jwks").json())
    return jwt.decode(token, published, [algorithm]).claims


def pass_time(delay: timedelta) -> None:
    """What was given is as if given that much earlier: the database's clock judges, and cannot be moved."""
    times = ("issued_at", "code_expires_at", "access_expires_at", "refresh_expires_at", "session_ends_at")
    Grant.objects.update(**{name: F(name) - delay for name in times})


def at_hash(access_token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def _said(form: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in form.items() if value is not None}
