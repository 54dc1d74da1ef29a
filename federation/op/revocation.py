"""A FS gives a token back (RFC 7009). What is no token of its own is answered the same, and left alone (S-045)."""

from django.http import HttpRequest, HttpResponse

from federation.op import grants
from federation.op.called_by_clients import called_by_clients
from federation.op.wire import NEVER_CACHED, Form, required
from federation.registry.records import ClientRecord
from federation.traces import Trace
from proconnect.kernel.traces import record


@called_by_clients
def revocation(request: HttpRequest, client: ClientRecord, form: Form) -> HttpResponse:
    """``token_type_hint`` would help nothing: the token itself tells its kind (2.1)."""
    was_alive = grants.revoke(client, required(form, "token"))
    record(Trace.FS_REVOKED_TOKEN, client_id=client.client_id, was_alive=was_alive)
    return HttpResponse(headers=NEVER_CACHED)
