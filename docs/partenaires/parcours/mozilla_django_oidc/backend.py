"""mozilla-django-oidc, et ce qu’il n’a pas : private_key_jwt, le niveau exigé, l’émetteur et le destinataire vérifiés."""

import json
import secrets
import time
from pathlib import Path

import jwt
import requests
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

TWO_FACTORS = ["eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3"]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CLOCK_SKEW = 30  # secondes


def client_assertion(client_id: str) -> dict:
    """Prouve qui appelle (RFC 7523) : signé pour l’émetteur de ProConnect, pour une minute, une seule fois."""
    jwk = json.loads(Path(f"{client_id}.json").read_text())
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": settings.PROCONNECT,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(24),
    }
    signed = jwt.encode(claims, jwt.PyJWK(jwk), algorithm="ES256", headers={"kid": jwk["kid"]})
    return {"client_id": client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}


class ProConnectBackend(OIDCAuthenticationBackend):
    # Ce que nous ajoutons à la bibliothèque

    def get_token(self, payload):
        """private_key_jwt à la place du secret. Sert aussi à rafraîchir."""
        payload = {name: value for name, value in payload.items() if name != "client_secret"}
        answer = requests.post(
            self.OIDC_OP_TOKEN_ENDPOINT,
            data={**payload, **client_assertion(self.OIDC_RP_CLIENT_ID)},
            timeout=self.get_settings("OIDC_TIMEOUT"),
        )
        self.raise_token_response_error(answer)
        self.tokens = answer.json()
        return self.tokens

    def verified(self, token: str, *, audience: str, typ: str | None = None) -> dict:
        """Ce que dit un jeton signé par ProConnect pour nous. Lève PyJWTError ou SuspiciousOperation sinon."""
        key = self.retrieve_matching_jwk(token)
        if typ and jwt.get_unverified_header(token).get("typ") != typ:
            raise SuspiciousOperation(f"ce jeton n’est pas un {typ}")
        return jwt.decode(
            token,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=audience,
            issuer=settings.PROCONNECT,
            leeway=CLOCK_SKEW,
            options={"require": ["iss", "aud", "iat"]},
        )

    # Ce que nous resserrons

    def verify_token(self, token, **kwargs):
        """La bibliothèque vérifie la signature et le nonce ; nous, l’émetteur, le destinataire et le niveau."""
        try:
            claims = self.verified(token, audience=self.OIDC_RP_CLIENT_ID)
        except jwt.PyJWTError as wrong:
            raise SuspiciousOperation(str(wrong)) from wrong
        if "nonce" in kwargs:  # un ID token ; sinon, un userinfo signé
            super().verify_token(token, **kwargs)
            if claims.get("acr") not in TWO_FACTORS:
                raise SuspiciousOperation("deux facteurs sont nécessaires")
        return claims

    def get_userinfo(self, access_token, id_token, payload):
        """La bibliothèque lit le JSON comme le JWT ; la personne doit être celle de l’ID token."""
        claims = super().get_userinfo(access_token, id_token, payload)
        if claims["sub"] != payload["sub"]:
            raise SuspiciousOperation("userinfo parle de quelqu’un d’autre")
        self.request.session["proconnect"] = {**self.tokens, "said": payload}
        return claims

    # La personne est reconnue à son sub, jamais à son adresse

    def verify_claims(self, claims):
        return bool(claims.get("sub"))

    def filter_users_by_claims(self, claims):
        return get_user_model().objects.filter(username=claims["sub"])

    def create_user(self, claims):
        return get_user_model().objects.create_user(claims["sub"], email=claims.get("email", ""))
