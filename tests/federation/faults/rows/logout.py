"""What the FI does of our sign-out (RP-Initiated Logout 1.0): the session is over here, whatever it does."""

from functools import partial

from tests.federation.faults import scene
from tests.federation.faults.fault import End, Fault, Place, SignedOut

MARKUP = "<script>alert(1)</script>\r\nLocation: https://x.example"

out = partial(Fault, place=Place.LOGOUT, play=scene.signing_out, outcome=SignedOut())
left = partial(out, outcome=SignedOut(End.PROVIDER))
lost = partial(out, outcome=SignedOut(End.OUR_PAGE))


def trouble(kind: str, value: object = None) -> dict[str, object]:
    return {"trouble": {"end_session": {"kind": kind, "value": value}}}


ROWS = (
    out(
        name="no end_session_endpoint",
        told="`end_session_endpoint` absent",
        order={"discovery": {"end_session_endpoint": None}},
    ),
    out(
        name="discovery gone",
        told="découverte en panne au moment de la déconnexion",
        order={},
        play=scene.signing_out_of_a_ruin,
    ),
    left(name="logout: hanging", told="point de déconnexion qui ne répond jamais", order=trouble("hang")),
    left(name="logout: 500", told="point de déconnexion en erreur 500", order=trouble("status", 500)),
    left(name="logout: never returns", told="page de fin qui ne renvoie pas le navigateur", order=trouble("html")),
    left(name="logout: raw JSON", told="réponse JSON brute", order=trouble("json", {"ok": True})),
    left(name="logout: reset", told="connexion coupée net", order=trouble("reset")),
    out(name="logout: no state", told="retour sans `state`", order={"logout": {"state": None}}),
    out(name="logout: empty state", told="retour avec un `state` vide", order={"logout": {"state": ""}}),
    lost(name="logout: wrong state", told="retour avec un autre `state`", order={"logout": {"state": "other"}}),
    lost(name="logout: markup", told="retour avec du balisage dans `state`", order={"logout": {"state": MARKUP}}),
    lost(name="logout: two states", told="retour avec `state` en double", order={"logout": {"state": ["a", "b"]}}),
    lost(
        name="logout: state of 4000 signs",
        told="retour avec un `state` de 4 000 signes",
        order={"logout": {"state": "s" * 4000}},
    ),
    out(
        name="logout: an address of its own",
        told="retour avec une adresse de son choix",
        order={"logout": {"post_logout_redirect_uri": "https://x.example", "return_to": "https://x.example"}},
    ),
    out(name="logout: an error", told="retour avec `error`", order={"logout": {"error": "server_error"}}),
    lost(name="logout: twice", told="retour présenté deux fois", order={}, play=scene.signing_out_twice),
)  # fmt: skip


def rows() -> tuple[Fault, ...]:
    return ROWS
