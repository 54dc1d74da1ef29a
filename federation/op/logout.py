"""What a FS is told when a session it took part in ends (OpenID Connect Back-Channel Logout 1.0)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from federation.endings import LOGOUT_TOKEN
from federation.models import Client
from federation.op import keys
from federation.registry.records import ClientRecord
from federation.registry.snapshot import client_record
from federation.traces import Trace
from proconnect.kernel import outbound
from proconnect.kernel.traces import record
from proconnect.platform import outbox
from proconnect.settings.env import Network

EVENT = "http://schemas.openid.net/event/backchannel-logout"
TYPE = "logout+jwt"
LIFETIME = timedelta(minutes=2)  # 2.4: short, its replay ends nothing new
DEADLINE = timedelta(seconds=5)  # of one call: others wait behind it
HEARD = (200, 204)  # 2.8; some frameworks turn an empty 200 into a 204


@outbox.task(LOGOUT_TOKEN, told=lambda payload: str(payload["client_id"]))
def tell(payload: dict[str, Any]) -> None:
    """Signed when it leaves, however late. Raises outbox.Failed, to be tried again; GiveUp for an address never called."""
    client = _client(payload["client_id"])
    if client is None or not client.backchannel_logout_uri:
        return  # nobody is left to tell
    token = logout_token(client, sub=payload["sub"], sid=payload["sid"], now=timezone.now())
    status = _post(client.backchannel_logout_uri, token)
    if status not in HEARD:
        raise outbox.Failed(f"HTTP {status}")
    record(Trace.FS_TOLD_OF_LOGOUT, client_id=client.client_id, sid=payload["sid"])


def logout_token(client: ClientRecord, *, sub: str, sid: str, now: datetime) -> str:
    """2.4: never a nonce, so that it passes for no ID token."""
    claims = {
        "iss": settings.ENV.issuer,
        "aud": client.client_id,
        "sub": sub,
        "sid": sid,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": str(uuid4()),
        "events": {EVENT: {}},
    }
    return keys.sign(claims, client.id_token_signed_response_alg, client, typ=TYPE)


def _post(uri: str, token: str) -> int:
    try:
        with outbound.at_most(DEADLINE):
            answer = outbound.post_form(
                uri, {"logout_token": token}, is_internal=settings.ENV.network is Network.RIE
            )
    except outbound.AddressRefused as refused:
        raise outbox.GiveUp(str(refused)) from None
    except outbound.OutboundFailure as failure:
        raise outbox.Failed(str(failure)) from None
    return answer.status


def _client(client_id: str) -> ClientRecord | None:
    """From the table: one out of service, which the registry shows no more, is told too."""
    row = Client.objects.filter(client_id=client_id).first()
    return client_record(row) if row else None
