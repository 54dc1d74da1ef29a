from federation.models.account import Account, AccountLink
from federation.models.client import (
    ClaimsProfile,
    Client,
    ContentEncryption,
    EncryptionAlgorithm,
    Environment,
    Kind,
    MinimumAcr,
    SigningAlgorithm,
    TokenAuthMethod,
)
from federation.models.connection import Connection
from federation.models.grant import Grant
from federation.models.provider import (
    AcceptanceTester,
    PlannedOutage,
    Provider,
    ProviderCheck,
    ProviderDefect,
    ProviderDomain,
    ProviderMinute,
)
from federation.models.session import SsoSession
from federation.models.signing_key import DecryptionKey, SigningKey
from federation.models.version import ConfigurationVersion

__all__ = [
    "AcceptanceTester",
    "Account",
    "AccountLink",
    "ClaimsProfile",
    "Client",
    "ConfigurationVersion",
    "Connection",
    "ContentEncryption",
    "DecryptionKey",
    "EncryptionAlgorithm",
    "Environment",
    "Grant",
    "Kind",
    "MinimumAcr",
    "PlannedOutage",
    "Provider",
    "ProviderCheck",
    "ProviderDefect",
    "ProviderDomain",
    "ProviderMinute",
    "SigningAlgorithm",
    "SigningKey",
    "SsoSession",
    "TokenAuthMethod",
]
