"""What the token endpoint gives, and what the ID token says and is signed with: OIDC Core 3.1.3, RFC 8725."""

from functools import partial

from tests.federation.faults.fault import Enters, Fault, Page, Place

OURS = "proconnect"  # our client_id at every demo FI
TOMORROW = 4_000_000_000  # seconds of the epoch: far enough
INVALID = Page("Y020030")

answer = partial(Fault, place=Place.TOKEN, outcome=INVALID)
says = partial(Fault, place=Place.ID_TOKEN, outcome=INVALID)

TOKEN = (
    answer(name="no access token", told="`access_token` absent", order={"token": {"access_token": None}}),
    answer(name="empty access token", told="`access_token` vide", order={"token": {"access_token": ""}}),
    answer(name="access token not ASCII", told="`access_token` hors ASCII", order={"token": {"access_token": "é"}}),
    answer(
        name="access token with a header",
        told="`access_token` avec retour à la ligne et en-tête",
        order={"token": {"access_token": "a\r\nX-Injected: 1"}},
    ),
    answer(name="access token in a list", told="`access_token` en liste", order={"token": {"access_token": ["a"]}}),
    answer(
        name="access token of nobody",
        told="`access_token` que son userinfo ne connaît pas",
        order={"token": {"access_token": "unknown"}, "id_token": {"at_hash": None}},
        outcome=Page("Y020027"),
    ),
    answer(name="no token type", told="`token_type` absent", order={"token": {"token_type": None}}),
    answer(name="other token type", told="`token_type` autre que `Bearer`", order={"token": {"token_type": "DPoP"}}),
    answer(
        name="token type in lower case",
        told="`token_type` en minuscules",
        order={"token": {"token_type": "bearer"}},
        outcome=Enters(),
    ),
    answer(name="no ID token", told="`id_token` absent", order={"token": {"id_token": None}}),
    answer(name="ID token in an object", told="`id_token` en objet", order={"token": {"id_token": {"sub": "zelie"}}}),
    answer(name="ID token of one word", told="`id_token` qui n’est pas un JWT", order={"token": {"id_token": "x"}}),
    answer(name="ID token of three words", told="`id_token` de trois mots quelconques", order={"token": {"id_token": "a.b.c"}}),
    answer(name="ID token of 200 000 signs", told="`id_token` de 200 000 signes", order={"token": {"id_token": "a" * 200_000}}),
    answer(name="ID token not ASCII", told="`id_token` hors ASCII", order={"token": {"id_token": "é.é.é"}}),
    answer(
        name="an error with status 200",
        told="erreur OAuth avec le statut 200",
        order={"trouble": {"token": {"kind": "json", "value": {"error": "invalid_grant"}}}},
    ),
    answer(
        name="client refused",
        told="`invalid_client` : notre secret n’est plus le bon",
        order={"trouble": {"token": {"kind": "status", "value": 401}}},
        outcome=Page("Y020026"),
    ),
    answer(
        name="too many requests",
        told="erreur 429",
        order={"trouble": {"token": {"kind": "status", "value": 429}}},
        outcome=Page("Y020026"),
    ),
    answer(
        name="access token twice, another last",
        told="`access_token` en double, un autre en dernier",
        order={"trouble": {"token": {"kind": "extra", "value": '"access_token": "other"'}}},
    ),
    answer(
        name="unknown members",
        told="membres inconnus, `refresh_token` compris",
        order={"token": {"refresh_token": "r", "x": {"y": [1]}}},
        outcome=Enters("ces membres étant ignorés"),
    ),
)  # fmt: skip

ID_TOKEN = (
    says(name="iss missing", told="`iss` absent", order={"id_token": {"iss": None}}),
    says(name="ID token of another issuer", told="`iss` d’un autre", order={"id_token": {"iss": "https://autre-fi.example"}}),
    says(name="iss in a list", told="`iss` en liste", order={"id_token": {"iss": ["https://autre-fi.example"]}}),
    says(name="aud missing", told="`aud` absent", order={"id_token": {"aud": None}}),
    says(name="aud of another", told="`aud` d’un autre", order={"id_token": {"aud": "other"}}),
    says(name="aud empty", told="`aud` en liste vide", order={"id_token": {"aud": []}}),
    says(name="aud with another", told="`aud` : nous et un autre", order={"id_token": {"aud": [OURS, "other"]}}),
    says(
        name="aud with another and azp ours",
        told="`aud` : nous et un autre, `azp` : nous",
        order={"id_token": {"aud": [OURS, "other"], "azp": OURS}},
    ),
    says(name="aud in a list", told="`aud` : nous seuls, en liste", order={"id_token": {"aud": [OURS]}}, outcome=Enters()),
    says(name="aud of our prefix", told="`aud` qui commence comme le nôtre", order={"id_token": {"aud": f"{OURS}-2"}}),
    says(name="aud in capitals", told="`aud` en majuscules", order={"id_token": {"aud": OURS.upper()}}),
    says(name="azp of another", told="`azp` d’un autre", order={"id_token": {"azp": "other"}}),
    says(name="azp a number", told="`azp` qui n’est pas un texte", order={"id_token": {"azp": 1}}),
    says(name="exp missing", told="`exp` absent", order={"id_token": {"exp": None}}),
    says(name="exp past", told="`exp` passé", order={"id_token": {"exp": 1}}),
    says(name="exp in words", told="`exp` qui n’est pas un nombre", order={"id_token": {"exp": "demain"}}),
    says(name="exp true", told="`exp` booléen", order={"id_token": {"exp": True}}),
    says(name="exp negative", told="`exp` négatif", order={"id_token": {"exp": -1}}),
    says(name="exp out of the calendar", told="`exp` hors du calendrier", order={"id_token": {"exp": 1e300}}),
    says(name="iat missing", told="`iat` absent", order={"id_token": {"iat": None}}),
    says(name="iat long ago", told="`iat` ancien", order={"id_token": {"iat": 1}}),
    says(name="iat in the future", told="`iat` futur", order={"id_token": {"iat": TOMORROW}}),
    says(name="iat out of the calendar", told="`iat` hors du calendrier", order={"id_token": {"iat": 1e300}}),
    says(name="nbf in the future", told="`nbf` futur", order={"id_token": {"nbf": TOMORROW}}),
    says(name="nbf in words", told="`nbf` qui n’est pas un nombre", order={"id_token": {"nbf": "demain"}}),
    says(name="nonce missing", told="`nonce` absent", order={"id_token": {"nonce": None}}),
    says(name="nonce of another", told="`nonce` d’une autre demande", order={"id_token": {"nonce": "other"}}),
    says(name="nonce empty", told="`nonce` vide", order={"id_token": {"nonce": ""}}),
    says(name="nonce in a list", told="`nonce` en liste", order={"id_token": {"nonce": ["other"]}}),
    says(name="at_hash of another", told="`at_hash` d’un autre jeton", order={"id_token": {"at_hash": "other"}}),
    says(name="at_hash a number", told="`at_hash` qui n’est pas un texte", order={"id_token": {"at_hash": 0}}),
    says(name="at_hash missing", told="`at_hash` absent", order={"id_token": {"at_hash": None}}, outcome=Enters()),
    says(name="sub missing", told="`sub` absent", order={"id_token": {"sub": None}}, outcome=Page("Y020029")),
    says(name="sub empty", told="`sub` vide", order={"id_token": {"sub": ""}}, outcome=Page("Y020029")),
    says(name="sub a number", told="`sub` qui n’est pas un texte", order={"id_token": {"sub": 42}}, outcome=Page("Y020029")),
    says(name="sub of 300 signs", told="`sub` de 300 signes", order={"id_token": {"sub": "s" * 300}}, outcome=Page("Y020029")),
    says(name="sub not ASCII", told="`sub` hors ASCII", order={"id_token": {"sub": "zélie"}}, outcome=Page("Y020029")),
    says(name="sub with NUL", told="`sub` avec un caractère nul", order={"id_token": {"sub": "a\x00"}}, outcome=Page("Y020029")),
    says(
        name="sub other than userinfo's",
        told="`sub` autre que celui de userinfo",
        order={"id_token": {"sub": "other"}},
        outcome=Page("Y020027"),
    ),
    says(name="auth_time in the future", told="`auth_time` futur", order={"id_token": {"auth_time": TOMORROW}}),
    says(name="auth_time in words", told="`auth_time` qui n’est pas un nombre", order={"id_token": {"auth_time": "hier"}}),
    says(
        name="auth_time missing, max_age asked",
        told="`auth_time` absent, quand le service demande `max_age`",
        order={"id_token": {"auth_time": None}},
        asked={"max_age": "300"},
    ),
    says(
        name="an old authentication, max_age asked",
        told="authentification trop ancienne pour `max_age`",
        order={"id_token": {"auth_time": 1}},
        asked={"max_age": "300"},
    ),
    says(
        name="an old authentication, prompt=login asked",
        told="authentification ancienne, malgré `prompt=login`",
        order={"id_token": {"auth_time": 1}},
        asked={"prompt": "login"},
    ),
    says(name="clock 25 s ahead", told="horloge en avance de 25 s", order={"clock_skew": 25}, outcome=Enters()),
    says(name="clock 25 s behind", told="horloge en retard de 25 s", order={"clock_skew": -25}, outcome=Enters()),
    says(name="clock 5 min ahead", told="horloge en avance de 5 minutes", order={"clock_skew": 300}),
    says(name="clock 5 min behind", told="horloge en retard de 5 minutes", order={"clock_skew": -300}),
)  # fmt: skip

FORGED = {
    "none": "`alg: none`, sans signature",
    "none_in_capitals": "`alg: NONE`",
    "none_in_mixed_case": "`alg: nOnE`",
    "hs256_with_public_key": "HS256, la clé publique servant de secret",
    "hs256_with_public_jwk": "HS256, le JWK public servant de secret",
    "hs256_with_empty_secret": "HS256, secret vide",
    "hs256_with_an_empty_file": "HS256, `kid` désignant un fichier vide",
    "stripped": "signature retirée",
    "psychic": "signature ES256 toute de zéros",
    "other_key": "signature d’une autre clé",
    "unknown_kid": "`kid` inconnu, signature d’une autre clé",
    "tampered": "contenu changé après la signature",
    "embedded_jwk": "clé offerte par le jeton (`jwk`)",
    "embedded_x5c": "certificat offert par le jeton (`x5c`)",
    "jku": "adresse de clés offerte par le jeton (`jku`)",
    "x5u": "adresse de certificat offerte par le jeton (`x5u`)",
    "jwe_of_a_plain_token": "JWE autour d’un jeton non signé",
    "jwe_of_claims": "JWE autour du seul contenu",
    "jwe_by_password": "JWE par mot de passe, à cent millions de tours",
    "kid_of_the_other_key": "`kid` d’une clé d’un autre type",
    "kid_of_sql": "`kid` avec du SQL",
    "kid_in_a_list": "`kid` en liste",
    "kid_of_100_000_signs": "`kid` de 100 000 signes",
    "crit": "en-tête `crit` que nous ne comprenons pas",
    "crit_empty": "en-tête `crit` vide",
    "b64_false": "contenu signé sans encodage (`b64: false`)",
    "ps256": "PS256, qui n’est pas convenu",
    "rs512": "RS512, qui n’est pas convenu",
    "ps256_said_rs256": "PS256 annoncé RS256",
    "rs256_said_es256": "RS256 annoncé ES256",
    "es256_said_rs256": "ES256 annoncé RS256",
    "other_curve": "ES384, qui n’est pas convenu",
    "asn1": "signature ECDSA au format ASN.1",
    "duplicated_alg_last": "`alg` en double, `none` en dernier",
    "duplicated_claims_last": "`nonce` en double, un autre en dernier",
    "nan_claim": "`NaN` dans le contenu",
    "lone_surrogate": "demi-caractère isolé dans le contenu",
    "deep_claims": "contenu imbriqué sur 20 000 niveaux",
    "deep_header": "en-tête imbriqué sur 5 000 niveaux",
    "claims_in_a_list": "contenu en liste",
    "claims_of_text": "contenu qui n’est pas du JSON",
    "in_json": "forme JSON à la place de la forme compacte",
    "nested": "jeton signé dans un jeton signé",
    "padded": "signature en base64 ordinaire, avec ses « = »",
    "split_over_lines": "jeton coupé par un retour à la ligne",
    "one_part_more": "quatrième partie ajoutée",
}
BORNE = {
    "rs256": ("RS256, l’autre algorithme convenu", ""),
    "no_kid": ("`kid` absent", "chaque clé du bon type étant essayée"),
    "duplicated_alg": ("`alg` en double, le vrai en dernier", "la dernière valeur comptant"),
    "duplicated_claims": ("`sub` et `nonce` en double, les vrais en dernier", "la dernière valeur comptant"),
}
signature = partial(Fault, place=Place.SIGNATURE, outcome=INVALID)

SIGNATURE = (
    *(
        signature(name=f"signature {name}", told=told, order={"id_token_signature": name})
        for name, told in FORGED.items()
    ),
    *(
        signature(name=f"signature {name}", told=told, order={"id_token_signature": name}, outcome=Enters(mended))
        for name, (told, mended) in BORNE.items()
    ),
    signature(
        name="signature of the public key where HS256 is agreed",
        told="HS256 convenu, la clé publique servant de secret",
        order={"id_token_signature": "hs256_with_public_key"},
        record={"id_token_signed_response_algs": ["ES256", "HS256"]},
    ),
    signature(
        name="ES256 where RS256 is agreed",
        told="ES256 honnête, RS256 seul étant convenu",
        order={},
        record={"id_token_signed_response_algs": ["RS256"]},
    ),
    signature(
        name="header of 8000 signs",
        told="en-tête de 8 000 signes, inconnu de nous",
        order={"id_token_header": {"vendor": "v" * 8000}},
        outcome=Enters("cet en-tête étant ignoré"),
    ),
)  # fmt: skip


def rows() -> tuple[Fault, ...]:
    return (*TOKEN, *ID_TOKEN, *SIGNATURE)
