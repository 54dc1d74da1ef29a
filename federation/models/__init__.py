from federation.models.account import Account, AccountLink
from federation.models.client import (
    ClaimsProfile,
    Client,
    ContentEncryption,
    EncryptionAlgorithm,
    Environment,
    Kind,
    SigningAlgorithm,
    TokenAuthMethod,
)
from federation.models.connection import Connection
from federation.models.grant import Grant
from federation.models.provider import Provider, ProviderDomain
from federation.models.session import SsoSession
from federation.models.signing_key import SigningKey
from federation.models.version import ConfigurationVersion

__all__ = [
    "Account",
    "AccountLink",
    "ClaimsProfile",
    "Client",
    "ConfigurationVersion",
    "Connection",
    "ContentEncryption",
    "EncryptionAlgorithm",
    "Environment",
    "Grant",
    "Kind",
    "Provider",
    "ProviderDomain",
    "SigningAlgorithm",
    "SigningKey",
    "SsoSession",
    "TokenAuthMethod",
]
