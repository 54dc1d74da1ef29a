"""A FI's record → who speaks to it."""

from django.conf import settings
from django.utils.module_loading import import_string

from federation.errors import FederationError
from federation.registry import ProviderRecord
from federation.rp.remote import RemoteProvider
from proconnect.kernel.contracts.identity_provider import IdentityProvider
from proconnect.kernel.error_page import Refused


def of(provider: ProviderRecord) -> IdentityProvider:
    """Raises Refused(PROVIDER_UNKNOWN) for a local FI this deployment does not carry."""
    if not provider.is_local:
        return RemoteProvider(provider)
    path = settings.LOCAL_PROVIDERS.get(provider.uid)
    if path is None:
        raise Refused(FederationError.PROVIDER_UNKNOWN)
    local: IdentityProvider = import_string(path)()
    return local
