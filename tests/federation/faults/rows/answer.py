"""What the browser brings back from the FI: RFC 6749 4.1.2 and 4.1.2.1, RFC 9207."""

from functools import partial

from tests.federation.faults import scene
from tests.federation.faults.fault import Enters, Fault, Page, Place

OTHER = "https://autre-fi.example"
MARKUP = "<script>alert(1)</script>{{7*7}}{0.__class__}\r\nSet-Cookie: a=b"

back = partial(Fault, place=Place.ANSWER, outcome=Page("Y020026"))
foreign = partial(back, outcome=Page("Y190012"), order={})
declined = partial(back, outcome=Page("Y020032"), order={})

ROWS = (
    back(name="no code", told="ni `code` ni `error`", order={"callback": {"code": None}}),
    back(name="empty code", told="`code` vide", order={"callback": {"code": ""}}),
    back(name="unknown code", told="`code` inconnu du FI", order={"callback": {"code": "unknown"}}),
    back(name="two codes", told="`code` en double", order={"callback": {"code": ["a", "b"]}}),
    back(name="code of 5000 signs", told="`code` de 5 000 signes", order={"callback": {"code": "c" * 5000}}),
    back(
        name="code of 50 000 signs",
        told="`code` de 50 000 signes",
        order={"callback": {"code": "c" * 50_000}},
        outcome=Page("Y000414"),
    ),
    back(name="code with a header", told="`code` avec retour à la ligne", order={"callback": {"code": "a\r\nX: 1"}}),
    back(name="code with NUL", told="`code` avec un caractère nul", order={"callback": {"code": "a\x00b"}}),
    back(
        name="code of another FI",
        told="`code` d’un autre FI",
        order={},
        play=scene.with_code_of_another,
    ),
    back(name="no iss", told="`iss` annoncé par la découverte, mais absent", order={"callback": {"iss": None}}),
    back(name="iss of another", told="`iss` d’un autre FI", order={"callback": {"iss": OTHER}}),
    back(name="two iss", told="`iss` en double", order={"callback": {"iss": [OTHER, OTHER]}}),
    back(
        name="iss of another, unannounced",
        told="`iss` d’un autre FI, sans avoir été annoncé",
        order={"callback": {"iss": OTHER}, "discovery": {"authorization_response_iss_parameter_supported": None}},
    ),
    back(
        name="iss neither announced nor sent",
        told="`iss` ni annoncé ni envoyé",
        order={"callback": {"iss": None}, "discovery": {"authorization_response_iss_parameter_supported": None}},
        outcome=Enters(),
    ),
    back(
        name="an unknown parameter twice",
        told="paramètre inconnu en double",
        order={"callback": {"x": ["1", "2"]}},
    ),
    back(
        name="unknown parameters",
        told="paramètres inconnus",
        order={"callback": {"session_state": "x", "next": "https://x.example", "journey": "1"}},
        outcome=Enters("ces paramètres étant ignorés"),
    ),
    back(
        name="a code and an error",
        told="`code` et `error` ensemble",
        order={"callback": {"error": "access_denied"}},
        outcome=Page("Y020032"),
    ),
    foreign(name="no state", told="`state` absent", order={"callback": {"state": None}}),
    foreign(name="empty state", told="`state` vide", order={"callback": {"state": ""}}),
    foreign(name="unknown state", told="`state` inconnu", order={"callback": {"state": "unknown"}}),
    foreign(name="two states", told="`state` en double", order={"callback": {"state": ["a", "b"]}}),
    foreign(name="state of 5000 signs", told="`state` de 5 000 signes", order={"callback": {"state": "s" * 5000}}),
    foreign(name="state with markup", told="`state` avec du balisage", order={"callback": {"state": MARKUP}}),
    back(
        name="state of another FI's departure",
        told="`state` d’un départ vers un autre FI",
        order={},
        play=scene.with_state_of_another,
    ),
    foreign(
        name="answer twice",
        told="réponse présentée deux fois",
        play=scene.with_answer_repeated,
        outcome=Page("Y190012", keeps_session=True),
    ),
    foreign(
        name="answer of another browser",
        told="réponse destinée à un autre navigateur",
        play=scene.with_answer_of_another_browser,
        outcome=Page("Y190001"),
    ),
    *(
        declined(name=f"error {error}", told=f"`error={error}`", play=scene.refused_by_the_fi(error))
        for error in (
            "access_denied", "login_required", "consent_required", "server_error", "temporarily_unavailable",
            "invalid_scope", "unauthorized_client", "acr_values_not_supported", "x",
        )
    ),
    declined(
        name="error with markup",
        told="`error_description` avec du balisage",
        play=scene.refused_by_the_fi("access_denied", MARKUP),
    ),
    declined(
        name="error of 5000 signs",
        told="`error_description` de 5 000 signes",
        play=scene.refused_by_the_fi("access_denied", "x" * 5000),
    ),
    declined(
        name="error named with markup",
        told="`error` avec du balisage",
        play=scene.refused_by_the_fi(MARKUP),
    ),
    declined(
        name="error that tells the address",
        told="`error_description` avec l’adresse de la personne",
        play=scene.refused_by_the_fi("access_denied", f"{scene.LOCAL_PART}@exemples.gouv.fr est bloquée"),
    ),
    declined(
        name="error that names the address",
        told="`error` avec l’adresse de la personne",
        play=scene.refused_by_the_fi(f"{scene.LOCAL_PART}@exemples.gouv.fr"),
    ),
)  # fmt: skip


def rows() -> tuple[Fault, ...]:
    return ROWS
