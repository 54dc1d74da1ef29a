"""What the FI says of the person: at its userinfo, claim by claim, and the level it declares."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from tests.federation.faults.fault import Answered, AsksCode, Enters, Fault, Page, Place
from tests.federation.faults.rows.transport import IN_JSON

DOMAIN = "exemples.gouv.fr"  # of the FI that misbehaves
OTHER_DOMAIN = "essais.gouv.fr"  # of the one that does not
DEFAULT_SIRET = "13002526500013"
LA_POSTE = "35600000000048"
WRONG = Page("Y500006")
NOT_THEIRS = Page("Y500027")

info = partial(Fault, place=Place.USERINFO, outcome=Page("Y020027"))
value = partial(Fault, place=Place.IDENTITY, outcome=WRONG)
level = partial(Fault, place=Place.LEVEL)

UNSIGNED = {
    "none": "`alg: none`",
    "hs256_with_public_key": "HS256, la clé publique servant de secret",
    "other_key": "signature d’une autre clé",
    "unknown_kid": "`kid` inconnu",
    "tampered": "contenu changé après la signature",
    "stripped": "signature retirée",
    "psychic": "signature ES256 toute de zéros",
    "embedded_jwk": "clé offerte par la réponse (`jwk`)",
    "jwe_of_a_plain_token": "JWE autour d’un contenu non signé",
    "crit": "en-tête `crit` que nous ne comprenons pas",
    "deep_claims": "contenu imbriqué sur 20 000 niveaux",
    "lone_surrogate": "demi-caractère isolé",
}

USERINFO = (
    info(name="userinfo about another", told="`sub` d’une autre personne", order={"userinfo": {"sub": "other"}}),
    info(name="userinfo about nobody", told="`sub` absent", order={"userinfo": {"sub": None}}, outcome=Page("Y020029")),
    info(name="userinfo sub a number", told="`sub` qui n’est pas un texte", order={"userinfo": {"sub": 42}}),
    info(name="userinfo sub in capitals", told="`sub` en majuscules", order={"userinfo": {"sub": "ZELIE"}}),
    info(
        name="userinfo sub twice, another's last",
        told="`sub` en double, un autre en dernier",
        order={"trouble": {"userinfo": {"kind": "extra", "value": '"sub": "other"'}}},
        record=IN_JSON,
    ),
    info(name="userinfo for another", told="`aud` d’un autre", order={"userinfo": {"aud": "other"}}),
    info(name="userinfo for others", told="`aud` de plusieurs autres", order={"userinfo": {"aud": ["a", "b"]}}),
    info(name="userinfo of another", told="`iss` d’un autre", order={"userinfo": {"iss": "https://autre-fi.example"}}),
    info(name="userinfo in JSON", told="JSON, un JWT étant convenu", order={"userinfo_signature": "absent"}),
    info(
        name="userinfo in JWT",
        told="JWT, du JSON étant convenu",
        order={"trouble": {"userinfo": {"kind": "content_type", "value": "application/jwt"}}},
        record=IN_JSON,
    ),
    info(
        name="userinfo refused",
        told="erreur 401 : le jeton d’accès n’est pas reconnu",
        order={"trouble": {"userinfo": {"kind": "status", "value": 401}}},
    ),
    *(
        info(name=f"userinfo signature {name}", told=told, order={"userinfo_signature": name})
        for name, told in UNSIGNED.items()
    ),
)  # fmt: skip

# name, told, e-mail
EMAILS_OF_NO_USE: tuple[tuple[str, str, Any], ...] = (
    ("absent", "absente", None),
    ("empty", "vide", ""),
    ("without @", "sans @", "zelie"),
    ("two @", "à deux @", f"chef@{OTHER_DOMAIN}@{DOMAIN}"),
    ("quoted", "à partie locale entre guillemets", f'"chef@{OTHER_DOMAIN}"@{DOMAIN}'),
    ("encoded word", "à mot encodé (`=?utf-8?q?…?=`)", f"=?utf-8?q?chef=40{OTHER_DOMAIN}=3e?=@{DOMAIN}"),
    ("comment", "avec un commentaire", f"chef(x)@{DOMAIN}"),
    ("percent", "avec `%40`", f"chef%40{OTHER_DOMAIN}@{DOMAIN}"),
    ("display name", "avec un nom affiché", f"Chef <chef@{DOMAIN}>"),
    ("two addresses", "suivie d’une autre", f"a@{DOMAIN},chef@{OTHER_DOMAIN}"),
    ("NUL", "avec un caractère nul", f"chef\x00@{DOMAIN}"),
    ("CRLF", "avec retour à la ligne et en-tête", f"chef@{DOMAIN}\r\nBcc: x@y.fr"),
    ("homoglyph", "à lettre cyrillique dans le domaine", "chef@exеmples.gouv.fr"),
    ("full width", "à lettres pleine chasse", "chef@ｅxemples.gouv.fr"),
    ("accent", "à lettre accentuée dans la partie locale", f"zélie@{DOMAIN}"),
    ("IDN that hides a comma", "à domaine IDN qui cache un signe", "chef@xn--,-gouv.fr"),
    ("IP literal", "à adresse IP", "chef@[127.0.0.1]"),
    ("no dot", "à domaine d’un seul mot", "chef@localhost"),
    ("trailing dot", "à domaine terminé par un point", f"chef@{DOMAIN}."),
    ("300 signs", "de 300 signes", f"{'c' * 300}@{DOMAIN}"),
    ("markup", "avec du balisage", f"<script>alert(1)</script>@{DOMAIN}"),
    ("list", "en liste", [f"chef@{DOMAIN}"]),
    ("number", "qui est un nombre", 42),
    ("object", "qui est un objet", {"address": f"chef@{DOMAIN}"}),
)
EMAILS_OF_OTHERS = (
    ("another FI's domain", "du domaine d’un autre FI", f"chef@{OTHER_DOMAIN}"),
    ("sub-domain", "d’un sous-domaine", f"chef@sous.{DOMAIN}"),
    ("parent domain", "du domaine parent", "chef@gouv.fr"),
    ("suffix", "dont le domaine finit comme le sien", f"chef@x{DOMAIN}"),
    ("prefix", "dont le domaine commence comme le sien", f"chef@{DOMAIN}.example"),
    ("IDN", "à domaine IDN ressemblant", "chef@xn--xemples-9xa.gouv.fr"),
    ("hyphen", "dont le domaine porte un tiret de plus", "chef@exemples-gouv.fr"),
)
EMAILS_MENDED = (
    ("capitals", "en majuscules", f"CHEF@{DOMAIN.upper()}", "l’adresse étant mise en minuscules"),
    ("spaces", "entourée d’espaces", f"  chef@{DOMAIN} ", "les espaces étant retirés"),
)

# name, told, claims, and what the FS reads in their place with what partners are told of it
OF_NO_USE: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("given_name absent", "`given_name` absent", {"given_name": None}),
    ("given_name empty", "`given_name` vide", {"given_name": ""}),
    ("given_name of spaces", "`given_name` fait d’espaces", {"given_name": "   "}),
    ("given_name of 10 000 signs", "`given_name` de 10 000 signes", {"given_name": "z" * 10_000}),
    ("given_name in a list", "`given_name` en liste", {"given_name": ["Zélie"]}),
    ("given_name in an object", "`given_name` en objet", {"given_name": {"a": 1}}),
    ("given_name true", "`given_name` booléen", {"given_name": True}),
    ("given_name with NUL", "`given_name` avec un caractère nul", {"given_name": "Zé\x00lie"}),
    ("given_name with CRLF", "`given_name` avec retour à la ligne", {"given_name": "Zélie\r\nX: 1"}),
    (
        "given_name with bidi",
        "`given_name` avec un signe qui inverse la lecture",
        {"given_name": "eil\u202eéZ"},
    ),
    ("given_name with isolate", "`given_name` avec un isolat de lecture", {"given_name": "\u2066Zélie"}),
    ("given_name with separator", "`given_name` avec un séparateur de ligne", {"given_name": "Z\u2028lie"}),
    ("usual_name absent", "`usual_name` absent", {"usual_name": None}),
    ("usual_name with escape", "`usual_name` avec un code de terminal", {"usual_name": "\x1b[31mDurand"}),
    ("uid absent", "`uid` absent", {"uid": None}),
    ("uid not ASCII", "`uid` hors ASCII", {"uid": "zélie"}),
    ("uid of 300 signs", "`uid` de 300 signes", {"uid": "u" * 300}),
    ("uid a number", "`uid` qui est un nombre", {"uid": 42}),
    ("unit in a list", "`organizational_unit` en liste", {"organizational_unit": ["DSI"]}),
    ("unit of 10 000 signs", "`organizational_unit` de 10 000 signes", {"organizational_unit": "d" * 10_000}),
    ("__proto__", "donnée nommée `__proto__`", {"__proto__": {"admin": True}}),
    ("constructor within", "donnée nommée `constructor`, à l’intérieur", {"x": {"constructor": {"a": 1}}}),
    ("more: deep", "donnée de plus, imbriquée sur 5 niveaux", {"x": {"a": {"b": {"c": {"d": 1}}}}}),
    ("more: 51 names", "51 données de plus", {f"x{number}": 1 for number in range(51)}),
    ("more: 20 kB", "20 ko de données de plus", {"x": "x" * 20_000}),
    ("more: NUL", "donnée de plus avec un caractère nul", {"x": "a\x00b"}),
    ("more: NUL in its name", "donnée de plus au nom illisible", {"x\x00": 1}),
    ("more: bidi", "donnée de plus qui inverse la lecture", {"x": ["a", {"b": "\u202e"}]}),
)
BY_DEFAULT = ("avec le SIRET par défaut du FI", {"siret": DEFAULT_SIRET})
NO_PHONE = ("sans téléphone", {"phone_number": None})
MENDED: tuple[tuple[str, str, Mapping[str, Any], str, Mapping[str, Any]], ...] = (
    (
        "names of markup", "noms avec du balisage", {"given_name": "<script>alert(1)</script>"},
        "ce texte restant un texte", {"given_name": "<script>alert(1)</script>"},
    ),
    (
        "names of template", "noms en langage de gabarit", {"usual_name": "{{7*7}}${7*7}{0.__class__}%s"},
        "ce texte restant un texte", {"usual_name": "{{7*7}}${7*7}{0.__class__}%s"},
    ),
    (
        "names of formula", "noms en formule de tableur", {"usual_name": "=cmd|' /C calc'!A0"},
        "ce texte restant un texte", {"usual_name": "=cmd|' /C calc'!A0"},
    ),
    (
        "names of SQL", "noms en SQL", {"usual_name": "'; DROP TABLE federation_account; --"},
        "ce texte restant un texte", {"usual_name": "'; DROP TABLE federation_account; --"},
    ),
    (
        "names with spaces around", "noms entourés d’espaces", {"given_name": "  Zélie "},
        "les espaces étant retirés", {"given_name": "Zélie"},
    ),
    ("siret absent", "`siret` absent", {"siret": None}, *BY_DEFAULT),
    ("siret wrong", "`siret` à clé fausse", {"siret": "13002526500014"}, *BY_DEFAULT),
    ("siret of zeros", "`siret` de zéros", {"siret": "0" * 13 + "1"}, *BY_DEFAULT),
    ("siret a number", "`siret` qui est un nombre", {"siret": 13002526500013}, *BY_DEFAULT),
    ("siret in a list", "`siret` en liste", {"siret": [LA_POSTE]}, *BY_DEFAULT),
    ("siret with NUL", "`siret` avec un caractère nul", {"siret": f"{LA_POSTE}\x00"}, *BY_DEFAULT),
    (
        "siret with spaces", "`siret` avec des espaces", {"siret": "356 000 000 00048"},
        "les espaces étant retirés", {"siret": LA_POSTE},
    ),
    (
        "siret of La Poste", "`siret` de La Poste, à la clé particulière", {"siret": "35600000049837"},
        "ce SIRET étant admis", {"siret": "35600000049837"},
    ),
    (
        "siren wrong", "`siren` à clé fausse", {"siren": "123456789"},
        "avec le SIREN du SIRET", {"siren": DEFAULT_SIRET[:9]},
    ),
    ("phone of words", "`phone_number` qui n’est pas un numéro", {"phone_number": "poste 42, <b>bureau</b>"}, *NO_PHONE),
    ("phone in a list", "`phone_number` en liste", {"phone_number": ["0123456789"]}, *NO_PHONE),
    ("phone of 10 000 digits", "`phone_number` de 10 000 chiffres", {"phone_number": "1" * 10_000}, *NO_PHONE),
    (
        "roles of its own", "`roles`, `is_staff` : des droits qu’il invente",
        {"roles": ["agent_public_etat"], "is_staff": True},
        "ces données allant dans `custom`", {"custom": {"roles": ["agent_public_etat"], "is_staff": True}},
    ),
    (
        "email_verified of words", "`email_verified` sans valeur", {"email_verified": "oui"},
        "cette donnée étant ignorée", {"custom": {}},
    ),
    (
        "a number of 400 digits", "donnée de plus : nombre de 400 chiffres", {"x": 10**400},
        "cette donnée allant dans `custom`", {"custom": {"x": 10**400}},
    ),
)  # fmt: skip


def _values() -> Iterator[Fault]:
    for name, told, address in EMAILS_OF_NO_USE:
        yield value(name=f"e-mail: {name}", told=f"`email` {told}", order={"userinfo": {"email": address}})
    for name, told, address in EMAILS_OF_OTHERS:
        order = {"userinfo": {"email": address}}
        yield value(name=f"e-mail: {name}", told=f"`email` {told}", order=order, outcome=NOT_THEIRS)
    for name, told, address, mended in EMAILS_MENDED:
        read = Enters(mended, {"email": f"chef@{DOMAIN}"})
        order = {"userinfo": {"email": address}}
        yield value(name=f"e-mail: {name}", told=f"`email` {told}", order=order, outcome=read)
    for name, told, claims in OF_NO_USE:
        yield value(name=name, told=told, order={"userinfo": claims})
    for name, told, claims, mended, read_by_the_fs in MENDED:
        yield value(name=name, told=told, order={"userinfo": claims}, outcome=Enters(mended, read_by_the_fs))
    yield value(
        name="siret wrong, no default",
        told="`siret` faux, le FI n’ayant pas de SIRET par défaut",
        order={"userinfo": {"siret": "13002526500014"}},
        record={"default_siret": None},
    )
    yield value(
        name="biography of 10 MB",
        told="donnée de plus de 10 Mo",
        order={"userinfo": {"bio": "x" * 10_000_000}},
        outcome=Page("Y020027"),
    )


def _demand(*levels: str) -> dict[str, str]:
    values = ", ".join(f'"{each}"' for each in levels)
    return {"claims": f'{{"id_token": {{"acr": {{"essential": true, "values": [{values}]}}}}}}'}


MFA = ("eidas0-mfa", "eidas1-mfa", "eidas2", "eidas3")
DIRIGEANT = "https://proconnect.gouv.fr/assurance/certification-dirigeant"
CAPPED = "comptée `eidas1`"
# What a FI not marked as capable of a second factor declares, and what the FS reads
DECLARED: tuple[tuple[str, Any, str], ...] = (
    ("eidas3", "eidas3", "eidas1"),
    ("eidas2", "eidas2", "eidas1"),
    ("eidas1-mfa", "eidas1-mfa", "eidas1"),
    ("eidas0-mfa", "eidas0-mfa", "eidas0"),
    ("certification-dirigeant", DIRIGEANT, "eidas1"),
    ("inconnu", "https://autre.example/loa/4", "eidas1"),
    ("vide", "", "eidas1"),
    ("absent", None, "eidas1"),
    ("en majuscules", "EIDAS3", "eidas1"),
    ("de 10 000 signes", "e" * 10_000, "eidas1"),
    ("avec du balisage", "<b>eidas3</b>", "eidas1"),
)


def _levels() -> Iterator[Fault]:
    for told, acr, read in DECLARED:
        yield level(
            name=f"acr {told}",
            told=f"`acr` {told}, FI sans double authentification constatée",
            order={"id_token": {"acr": acr}},
            outcome=Enters(f"au niveau `{read}`", {"acr": read}),
        )
    for told, unreadable in (("en liste", ["eidas3"]), ("en nombre", 3), ("en objet", {"value": "eidas3"})):
        yield level(
            name=f"acr {told}",
            told=f"`acr` {told}",
            order={"id_token": {"acr": unreadable}},
            outcome=Page("Y020030"),
        )
    for told, methods in (
        ("en texte", "pwd mfa"),
        ("de nombres", [1]),
        ("en objet", {"mfa": True}),
        ("avec `null`", [None]),
    ):
        yield level(
            name=f"amr {told}",
            told=f"`amr` {told}",
            order={"id_token": {"amr": methods}},
            outcome=Page("Y020030"),
        )
    yield level(
        name="amr mfa",
        told="`amr` avec `mfa`, FI sans double authentification constatée",
        order={"id_token": {"amr": ["pwd", "mfa"]}},
        outcome=Enters("`mfa` étant retiré", {"amr": ["pwd"]}),
    )
    yield level(
        name="amr with markup",
        told="`amr` avec du balisage",
        order={"id_token": {"amr": ["pwd", "<b>", "a b", ""]}},
        outcome=Enters("ces mots étant retirés", {"amr": ["pwd"]}),
    )
    yield level(
        name="amr of 100 words",
        told="`amr` de 100 mots",
        order={"id_token": {"amr": [f"m{number}" for number in range(100)]}},
        outcome=Enters("16 mots étant gardés", {"amr": [f"m{number}" for number in range(16)]}),
    )
    yield level(
        name="eidas3 where eidas2 is demanded",
        told="`acr` eidas3, quand le service exige eidas2",
        order={"id_token": {"acr": "eidas3", "amr": ["pwd", "mfa"]}},
        asked=_demand("eidas2", "eidas3"),
        outcome=Answered("access_denied"),
    )
    yield level(
        name="eidas3 where a second factor is demanded",
        told="`acr` eidas3, quand le service exige une double authentification",
        order={"id_token": {"acr": "eidas3", "amr": ["pwd", "mfa"]}},
        asked=_demand(*MFA),
        outcome=AsksCode(),
    )
    yield level(
        name="director where a director is demanded",
        told="`acr` certification-dirigeant, quand le service l’exige",
        order={"id_token": {"acr": DIRIGEANT}},
        record={"is_mfa_capable": True},
        asked=_demand(DIRIGEANT),
        outcome=Answered("access_denied"),
    )
    yield level(
        name="eidas1 from a FI capable of more, where eidas2 is demanded",
        told="`acr` eidas1, quand le service exige eidas2",
        order={"id_token": {"acr": "eidas1"}},
        record={"is_mfa_capable": True},
        asked=_demand("eidas2", "eidas3"),
        outcome=Answered("access_denied"),
    )


def rows() -> tuple[Fault, ...]:
    return (*USERINFO, *_values(), *_levels())
