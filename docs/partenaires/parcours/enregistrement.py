"""Fait les clés d’un service (FS) et d’un fournisseur de données (FD), et leur fichier de registre.

    python enregistrement.py essai http://localhost:9000 [--userinfo-signe]

Écrit essai-fs.json et essai-fd.json (clés privées, à garder) et registre.json (clés publiques, à transmettre).
"""

import json
import sys
from pathlib import Path

from joserfc.jwk import ECKey


def public_key(path: Path) -> dict:
    """La clé ES256 de ce fichier, faite la première fois."""
    if not path.exists():
        key = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, auto_kid=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(key.as_dict(private=True)))
    return ECKey.import_key(json.loads(path.read_text())).as_dict(private=False)


def client(client_id: str, **more: object) -> dict:
    return {
        "client_id": client_id,
        "name": client_id,
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public_key(Path(f"{client_id}.json"))]},
        **more,
    }


name, url, *options = sys.argv[1:]
fs = client(
    f"{name}-fs",
    kind="fs",
    redirect_uris=[f"{url}/callback"],
    post_logout_redirect_uris=[f"{url}/deconnecte"],
    backchannel_logout_uri=f"{url}/canal-arriere",
    scopes=["openid", "given_name", "usual_name", "email", "siret", f"{name}:lire"],
    userinfo_signed_response_alg="ES256" if "--userinfo-signe" in options else None,
)
fd = client(
    f"{name}-fd",
    kind="fd",
    scopes=[f"{name}:lire"],
    introspection_signed_response_alg="ES256",
)
Path("registre.json").write_text(json.dumps({"version": 1, "clients": [fd, fs]}, indent=2))
