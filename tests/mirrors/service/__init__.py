"""The demo FS: a small Django site on mozilla-django-oidc, hardened as its integrators should."""
