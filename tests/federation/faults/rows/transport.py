"""The same troubles at each endpoint we call: one row per trouble and endpoint."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.federation.faults.fault import Enters, Fault, Outcome, Page, Place

# The code of what fails there
ENDPOINTS = {"discovery": "Y020031", "jwks": "Y020031", "token": "Y020026", "userinfo": "Y020027"}
IN_JSON: Mapping[str, Any] = {"userinfo_signed_response_alg": None}  # so that each endpoint answers JSON
METADATA = "http://169.254.169.254/latest/meta-data/"


@dataclass(frozen=True, slots=True)
class Trouble:
    name: str
    told: str
    kind: str
    value: Any = None
    status: int = 303
    is_borne: bool = False  # the answer is usable all the same
    is_heavy: bool = False


TROUBLES = (
    Trouble("500", "erreur 500", "status", 500),
    Trouble("404", "erreur 404", "status", 404),
    Trouble("HTML", "page HTML d’un portail captif", "html"),
    Trouble("garbage", "octets qui ne sont pas du JSON", "garbage"),
    Trouble("empty", "réponse vide", "empty"),
    Trouble("truncated", "réponse coupée avant sa longueur annoncée", "truncated"),
    Trouble("list", "liste JSON à la place d’un objet", "json", []),
    Trouble("null", "`null` à la place d’un objet", "text", "null"),
    Trouble("huge", "réponse de 10 Mo", "huge", 10_000_000, is_heavy=True),
    Trouble("compressed bomb", "10 Mo compressés en 10 ko", "gzip_bomb", is_heavy=True),
    Trouble("compressed", "réponse compressée sans que nous l’ayons demandé", "gzip"),
    Trouble("deep", "JSON imbriqué sur 60 000 niveaux", "deep"),
    Trouble("NaN", "`NaN` parmi les valeurs", "extra", '"x": NaN'),
    Trouble("infinite number", "nombre sans mesure (`1e999`)", "extra", '"x": 1e999'),
    Trouble("number of 5000 digits", "nombre de 5 000 chiffres", "extra", f'"x": {"9" * 5000}'),
    Trouble("lone surrogate", "demi-caractère isolé (`\\ud800`)", "extra", '"x": "\\ud800"'),
    Trouble("duplicate keys", "clé JSON en double", "first", '"x": 1, "x": 2', is_borne=True),
    Trouble("latin-1", "texte en latin-1", "latin1"),
    Trouble("BOM", "marque d’ordre des octets (BOM)", "bom", is_borne=True),
    Trouble("UTF-16", "texte en UTF-16", "utf16", is_borne=True),
    Trouble("content type", "JSON annoncé comme `text/plain`", "content_type", "text/plain", is_borne=True),
    Trouble(
        "redirect to loopback", "redirection 301 vers nous-mêmes", "redirect", "http://127.0.0.1:9/", 301
    ),
    Trouble("redirect to metadata", "redirection 302 vers une adresse interne", "redirect", METADATA, 302),
    Trouble(
        "redirect to another", "redirection 307 vers un autre site", "redirect", "https://x.example/", 307
    ),
    Trouble("reset", "connexion coupée net (RST)", "reset"),
    Trouble("early close", "connexion fermée sans réponse", "early_close"),
    Trouble("half a header", "en-tête inachevé", "half_a_header"),
    Trouble("nonsense chunks", "découpage en morceaux illisible", "chunks_of_nonsense"),
    Trouble("infinite chunk", "morceau annoncé plus grand que tout", "chunks_of_nothing"),
    Trouble("many headers", "10 000 en-têtes", "many_headers"),
    Trouble("long header", "en-tête de 1 Mo", "long_header"),
    Trouble("long status", "ligne d’état de 1 Mo", "long_status"),
    Trouble("two lengths", "deux longueurs contradictoires", "two_lengths"),
    Trouble("negative length", "longueur négative", "wrong_length"),
    Trouble("HTTP/1.0", "HTTP/1.0 sans longueur", "without_length", is_borne=True),
    Trouble("other protocol", "réponse d’un serveur SSH", "other_protocol"),
    Trouble("cookie", "cookie déposé chez nous", "header", ("Set-Cookie", "a=b; Path=/"), is_borne=True),
    Trouble("slow", "réponse après 30 secondes", "slow", 30, is_heavy=True),
    Trouble("hanging", "connexion acceptée, puis silence", "hang", is_heavy=True),
    Trouble("dripping", "un octet par seconde", "drip", 1, is_heavy=True),
    Trouble("endless 100", "« 100 Continue » sans fin", "continues", is_heavy=True),
)


def rows() -> Iterator[Fault]:
    for trouble in TROUBLES:
        for endpoint, code in ENDPOINTS.items():
            order = {"kind": trouble.kind, "value": trouble.value, "status": trouble.status}
            outcome: Outcome = Enters() if trouble.is_borne else Page(code)
            yield Fault(
                name=f"{endpoint}: {trouble.name}",
                told=trouble.told,
                place=Place.TRANSPORT,
                endpoint=endpoint,
                order={"trouble": {endpoint: order}},
                record=IN_JSON,
                outcome=outcome,
                is_heavy=trouble.is_heavy,
            )
