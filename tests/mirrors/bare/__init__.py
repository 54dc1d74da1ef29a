"""A bare Django site with mozilla-django-oidc configured by settings alone: the client none of us wrote."""
