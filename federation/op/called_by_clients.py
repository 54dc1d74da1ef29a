"""What token, revocation and introspection share: who calls is proved, counted, and named in traces."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from federation.op import limits
from federation.op.client_authentication import Unproved, authenticate
from federation.op.wire import Form, OAuthError, View, endpoint, read_form
from federation.registry.records import ClientRecord

ClientView = Callable[[HttpRequest, ClientRecord, Form], HttpResponse]


def called_by_clients(view: ClientView) -> View:
    @endpoint("POST")
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        client = None
        try:
            form = read_form(request)
            client = _caller(request, form)
            limits.count_call(client)
            return view(request, client, form)
        except OAuthError as error:
            error.client_id = _who(client, error)
            raise

    return guarded


def _caller(request: HttpRequest, form: Form) -> ClientRecord:
    try:
        return authenticate(request, form, now=timezone.now())
    except OAuthError:
        limits.count_refusal(request)
        raise


def _who(client: ClientRecord | None, error: OAuthError) -> str | None:
    """The one that failed to prove it, too."""
    if isinstance(error.__cause__, Unproved):
        return error.__cause__.client_id
    return client.client_id if client else None
