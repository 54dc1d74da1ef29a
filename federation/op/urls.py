"""The endpoints that FS call directly; ``front`` answers them before any session, form or language is looked at."""

from django.urls import path

from federation.op.discovery import discovery, jwks
from federation.op.introspection import introspection
from federation.op.revocation import revocation
from federation.op.token import token
from federation.op.userinfo import userinfo

urlpatterns = [
    path(".well-known/openid-configuration", discovery, name="discovery"),
    path("jwks", jwks, name="jwks"),
    path("token", token, name="token"),
    path("token/revocation", revocation, name="revocation"),
    path("token/introspection", introspection, name="introspection"),
    path("userinfo", userinfo, name="userinfo"),
]
