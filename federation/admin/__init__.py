"""Pages of the operators' site about FS, FI, accounts and keys. One file per model."""

from federation.admin import account, client, provider, signing_key

__all__ = ["account", "client", "provider", "signing_key"]
