"""Foreign sites: a demo FI, demo FS and a bare client. They speak real OIDC, each in its own process."""
