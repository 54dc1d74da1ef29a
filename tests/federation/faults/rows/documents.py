"""What the FI publishes: its discovery document and its keys."""

from functools import partial

from tests.federation.faults import scene
from tests.federation.faults.fault import Enters, Fault, Page, Place

INTERNAL = "http://10.0.0.1/x"
LAST_COUNTS = "la dernière valeur comptant"

found = partial(Fault, place=Place.DISCOVERY, outcome=Page("Y020031"))
keys = partial(Fault, place=Place.KEYS, outcome=Page("Y020030"))

DISCOVERY = (
    found(name="issuer of another", told="`issuer` d’un autre", order={"discovery": {"issuer": "https://x.example"}}),
    found(name="issuer missing", told="`issuer` absent", order={"discovery": {"issuer": None}}),
    found(name="issuer in a list", told="`issuer` en liste", order={"discovery": {"issuer": ["https://x.example"]}}),
    found(
        name="issuer twice, the other's last",
        told="`issuer` en double, celui d’un autre en dernier",
        order={"trouble": {"discovery": {"kind": "extra", "value": '"issuer": "https://x.example"'}}},
    ),
    found(
        name="issuer twice, ours last",
        told="`issuer` en double, le bon en dernier",
        order={"trouble": {"discovery": {"kind": "first", "value": '"issuer": "https://x.example"'}}},
        outcome=Enters(LAST_COUNTS),
    ),
    found(
        name="no authorization endpoint",
        told="`authorization_endpoint` absent",
        order={"discovery": {"authorization_endpoint": None}},
    ),
    found(name="no token endpoint", told="`token_endpoint` absent", order={"discovery": {"token_endpoint": None}}),
    found(
        name="no userinfo endpoint",
        told="`userinfo_endpoint` absent",
        order={"discovery": {"userinfo_endpoint": None}},
        outcome=Page("Y020027"),
    ),
    found(
        name="no jwks_uri",
        told="`jwks_uri` absent",
        order={"discovery": {"jwks_uri": None}},
        outcome=Page("Y020030"),
    ),
    *(
        found(name=f"{endpoint}: {name}", told=f"`{endpoint}` {told}", order={"discovery": {endpoint: url}})
        for endpoint in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "end_session_endpoint")
        for name, told, url in (
            ("script", "en `javascript:`", "javascript:alert(1)"),
            ("file", "en `file:`", "file:///etc/passwd"),
            ("inside", "en `http`, sur un réseau interne", INTERNAL),
            ("a number", "qui n’est pas un texte", 42),
        )
    ),
    found(
        name="endpoint with a header inside",
        told="adresse avec retour à la ligne et en-tête",
        order={"discovery": {"authorization_endpoint": "https://x.example/\r\nSet-Cookie: a=b"}},
    ),
    found(
        name="endpoint with a password",
        told="adresse avec un mot de passe",
        order={"discovery": {"token_endpoint": "https://user:password@x.example/"}},
    ),
)  # fmt: skip

KEYS = (
    keys(
        name="empty JWKS",
        told="aucune clé",
        order={"published_keys": "empty"},
        outcome=Page("Y020031"),
    ),
    keys(name="no keys member", told="`keys` absent", order={"jwks": {"keys": None}}, outcome=Page("Y020031")),
    keys(name="keys in an object", told="`keys` en objet", order={"jwks": {"keys": {}}}, outcome=Page("Y020031")),
    keys(name="keys of somebody else", told="clés d’un autre", order={"published_keys": "strangers"}),
    keys(name="1000 keys", told="1 000 clés, la bonne en dernier", order={"published_keys": "among_a_thousand"}),
    keys(
        name="symmetric keys",
        told="clés symétriques",
        order={"published_keys": "symmetric", "id_token_signature": "hs256_with_public_key"},
        outcome=Page("Y020030"),
    ),
    keys(
        name="symmetric keys alone",
        told="clés symétriques seules, signature honnête",
        order={"published_keys": "symmetric"},
        outcome=Page("Y020031"),
    ),
    keys(
        name="symmetric key beside the honest one",
        told="clé symétrique à côté de la bonne",
        order={"published_keys": "symmetric_beside"},
        outcome=Enters("la clé symétrique étant ignorée"),
    ),
    keys(
        name="private keys",
        told="clés publiées avec leur partie privée",
        order={"published_keys": "private"},
        outcome=Enters("la partie privée étant ignorée"),
    ),
    keys(
        name="keys for encryption",
        told="clés réservées au chiffrement",
        order={"published_keys": "for_encryption"},
        outcome=Page("Y020031"),
    ),
    keys(name="one kid for all", told="un seul `kid`, qui n’est pas celui du jeton", order={"published_keys": "same_kid"}),
    keys(
        name="keys without kid",
        told="clés sans `kid`",
        order={"published_keys": "without_kid"},
        outcome=Enters("chaque clé étant essayée"),
    ),
    keys(
        name="broken keys",
        told="clés dont les nombres ne valent rien",
        order={"published_keys": "broken"},
        outcome=Page("Y020031"),
    ),
    keys(
        name="keys that are no objects",
        told="clés qui ne sont pas des objets",
        order={"published_keys": "not_objects"},
        outcome=Page("Y020031"),
    ),
    keys(
        name="keys of another algorithm",
        told="clés annoncées pour un autre algorithme",
        order={"published_keys": "other_algorithm"},
    ),
    keys(
        name="rotation, the former kept",
        told="rotation, l’ancienne clé restant publiée",
        order={},
        play=scene.after_a_rotation("keep"),
        outcome=Enters("les clés étant relues une fois"),
    ),
    keys(
        name="rotation, the former dropped",
        told="rotation, l’ancienne clé retirée aussitôt",
        order={},
        play=scene.after_a_rotation("drop"),
        outcome=Enters("les clés étant relues une fois"),
    ),
)  # fmt: skip


def rows() -> tuple[Fault, ...]:
    return (*DISCOVERY, *KEYS)
