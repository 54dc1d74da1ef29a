"""Ce que curl ne fait pas : signer et vérifier un JWT.

python jeton.py signer essai-fs http://localhost:8000/api/v2
python jeton.py verifier essai-fs http://localhost:8000/api/v2 [logout+jwt] < jeton
"""

import json
import secrets
import sys
import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet


def sign(client_id: str, issuer: str) -> str:
    """Prouve qui appelle (RFC 7523) : pour l’émetteur de ProConnect, pour une minute, une seule fois."""
    key = ECKey.import_key(json.loads(Path(f"{client_id}.json").read_text()))
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": issuer,
        "iat": now,
        "exp": now + 60,
        "jti": secrets.token_urlsafe(24),
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)


def verify(client_id: str, issuer: str, typ: str = "") -> str:
    """Ce que dit un jeton signé par ProConnect pour ce client ; jwks.json tient les clés de ProConnect."""
    keys = KeySet.import_key_set(json.loads(Path("jwks.json").read_text()))
    token = jwt.decode(sys.stdin.read().strip(), keys, algorithms=["ES256"])
    if typ and token.header.get("typ") != typ:
        raise SystemExit(f"ce jeton n’est pas un {typ}")
    jwt.JWTClaimsRegistry(
        leeway=30,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        iat={"essential": True},
    ).validate(token.claims)
    return json.dumps(token.claims, ensure_ascii=False)


verb, *words = sys.argv[1:]
print({"signer": sign, "verifier": verify}[verb](*words))
