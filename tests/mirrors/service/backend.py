"""mozilla-django-oidc with the checks its documentation leaves to us, and people known by their ``sub``."""

from collections.abc import Mapping
from typing import Any

import jwt
from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from tests.mirrors.service.settings import DISCOVERY

Claims = dict[str, Any]


class ProConnectBackend(OIDCAuthenticationBackend):
    def verify_token(self, token: str, **kwargs: Any) -> Claims:
        """OIDC Core 3.1.3.7 and 5.3.2: also checks ``iss`` and ``aud``, and ``exp`` of an ID token."""
        try:
            claims: Claims = super().verify_token(token, **kwargs)
        except jwt.InvalidTokenError as invalid:
            raise SuspiciousOperation(f"token refused: {invalid}") from invalid
        audience = claims.get("aud")
        if claims.get("iss") != DISCOVERY["issuer"]:
            raise SuspiciousOperation("token issued by somebody else")
        if self.OIDC_RP_CLIENT_ID not in (audience if isinstance(audience, list) else [audience]):
            raise SuspiciousOperation("token meant for somebody else")
        if "nonce" in kwargs and "exp" not in claims:
            raise SuspiciousOperation("ID token without an end")
        return claims

    def get_userinfo(self, access_token: str, id_token: str, payload: Mapping[str, Any]) -> Claims:
        """Raises SuspiciousOperation when the userinfo speaks of another person (OIDC Core 5.3.2)."""
        claims: Claims = super().get_userinfo(access_token, id_token, payload)
        if claims.get("sub") != payload["sub"]:
            raise SuspiciousOperation("userinfo about another person")
        self.request.oidc_answer = {
            "id_token": id_token,
            "id_token_claims": dict(payload),
            "userinfo": claims,
        }
        return claims

    def verify_claims(self, claims: Mapping[str, Any]) -> bool:
        return bool(claims.get("sub"))

    def filter_users_by_claims(self, claims: Mapping[str, Any]) -> QuerySet[User]:
        return User.objects.filter(username=claims["sub"])

    def create_user(self, claims: Mapping[str, Any]) -> User:
        return User.objects.create_user(claims["sub"], email=claims.get("email", ""))

    def update_user(self, user: User, claims: Mapping[str, Any]) -> User:
        if claims.get("email", "") != user.email:
            user.email = claims.get("email", "")
            user.save(update_fields=["email"])
        return user
