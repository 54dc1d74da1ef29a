from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from federation.errors import FederationError
from federation.journey.steps import (
    ARRIVAL,
    DEPARTURE,
    Answer,
    AnswerError,
    AskEmail,
    ChooseProvider,
    GoTo,
    ProveMailbox,
    Refuse,
    ReuseSession,
    WarnOfAddress,
    next_move,
)
from federation.registry.records import Outage
from proconnect.kernel.assurance import Acr, Reached
from proconnect.kernel.email_address import EmailAddress
from tests.federation.journey.builders import (
    NOW,
    arriving,
    client,
    identite,
    journey,
    leaving,
    provider,
    session,
)

MINISTRY = provider()
OTHER = provider(name="autre", title="Autre ministère")
CLOSED = provider(is_open=False)
HIDDEN = provider(is_routed=False, title="Ministère en recette")
OUTAGE = Outage("Maintenance.", NOW, NOW + timedelta(hours=2))
OF_DOMAIN_A = client(allowed_email_domains=frozenset({"a.fr"}))
AT_LEAST_EIDAS2 = client(minimum_acr="eidas2")
IDENTITE = identite()
MARIE = EmailAddress.parse("marie.durand@ministere.exemple.fr")
TYPED = EmailAddress.parse("marie.durand+proconnect@ministere.exemple.fr")
REUSABLE = {"session_fits": True, "session_satisfies": True}
SILENT = frozenset({"none"})


@pytest.mark.parametrize(
    ("asked", "seen", "move"),
    [
        pytest.param({}, {}, AskEmail(), id="nothing known: the e-mail page"),
        pytest.param(
            {},
            REUSABLE | {"id_token_hint_is_ours": False},
            "invalid_request",
            id="s022 a hint that is not ours",
        ),
        pytest.param({}, REUSABLE, ReuseSession(), id="an open session that fits is reused"),
        pytest.param({}, {"session_fits": True}, AskEmail(), id="a session of too low a level is not reused"),
        pytest.param({"prompt": SILENT}, REUSABLE, ReuseSession(), id="silent, with a session"),
        pytest.param({"prompt": SILENT}, {}, "login_required", id="s011 silent, without a session"),
        pytest.param(
            {"prompt": SILENT}, {"session_fits": True}, "interaction_required", id="silent, level too low"
        ),
        pytest.param(
            {"prompt": SILENT},
            {"hint": "x", "hinted": MINISTRY},
            "login_required",
            id="silent goes before idp_hint",
        ),
        pytest.param(
            {}, {"hint": "x", "hinted": MINISTRY}, GoTo(MINISTRY), id="idp_hint leads straight to the FI"
        ),
        pytest.param({}, {"hint": "x"}, "idp_hint_not_found", id="an unknown FI in idp_hint"),
        pytest.param(
            {},
            REUSABLE | {"hint": "x"},
            "idp_hint_not_found",
            id="s085 an unknown FI in idp_hint never falls back on the open session",
        ),
        pytest.param(
            {"prompt": SILENT}, REUSABLE | {"hint": "x"}, "idp_hint_not_found", id="s085 nor in silence"
        ),
        pytest.param({}, {"hint": "x", "hinted": CLOSED}, "idp_hint_not_found", id="a closed FI in idp_hint"),
        pytest.param(
            {},
            {"hint": "x", "hinted": MINISTRY, "client": client(allowed_providers=frozenset({uuid4()}))},
            "idp_hint_not_found",
            id="a FI in idp_hint that the FS does not admit",
        ),
        pytest.param(
            {},
            {"hint": "x", "hinted": HIDDEN},
            "idp_hint_not_found",
            id="s085 a FI in acceptance, in idp_hint",
        ),
        pytest.param(
            {},
            {"hint": "x", "hinted": HIDDEN, "email": TYPED, "tester": MARIE, "candidates": (HIDDEN,)},
            GoTo(HIDDEN, login_hint=str(MARIE)),
            id="s090 a FI in acceptance, in idp_hint with the address of its tester",
        ),
        pytest.param(
            {},
            {"hint": "x", "hinted": HIDDEN, "email": TYPED, "tester": MARIE, "candidates": (OTHER,)},
            "idp_hint_not_found",
            id="s090 a FI in acceptance, in idp_hint with the address of another one's tester",
        ),
        pytest.param(
            {},
            {"hint": "x", "hinted": MINISTRY, "email": MARIE, "client": OF_DOMAIN_A},
            FederationError.EMAIL_DOMAIN_REFUSED,
            id="s085 an idp_hint does not save an address that the FS excludes",
        ),
        pytest.param(
            {},
            {"hint": "x", "hinted": MINISTRY, "client": OF_DOMAIN_A},
            GoTo(MINISTRY),
            id="an idp_hint alone: judged on what the FI will assert",
        ),
        pytest.param(
            {}, {"email": MARIE, "candidates": (MINISTRY,)}, GoTo(MINISTRY), id="one FI: no choice to make"
        ),
        pytest.param(
            {},
            {"email": TYPED, "tester": MARIE, "candidates": (HIDDEN,)},
            GoTo(HIDDEN, login_hint=str(MARIE)),
            id="s090 the FI is told the address without its suffix",
        ),
        pytest.param(
            {},
            {"email": MARIE, "candidates": (MINISTRY, OTHER)},
            ChooseProvider(among=(MINISTRY, OTHER)),
            id="several FI: the person chooses",
        ),
        pytest.param(
            {},
            {"email": MARIE, "candidates": (MINISTRY, OTHER), "chosen": OTHER},
            GoTo(OTHER),
            id="several FI, and a choice among them",
        ),
        pytest.param({}, {"email": MARIE}, FederationError.NO_PROVIDER, id="no FI for this address"),
        pytest.param(
            {},
            {
                "email": MARIE,
                "candidates": (MINISTRY, OTHER),
                "client": client(allowed_providers=frozenset({OTHER.uid})),
            },
            GoTo(OTHER),
            id="only the FI that the FS admits are candidates",
        ),
        pytest.param(
            {},
            {
                "email": MARIE,
                "candidates": (MINISTRY, OTHER),
                "chosen": OTHER,
                "client": client(allowed_providers=frozenset({MINISTRY.uid})),
            },
            GoTo(MINISTRY),
            id="s086 a choice that the FS excludes is none",
        ),
        pytest.param(
            {},
            {
                "email": MARIE,
                "candidates": (MINISTRY,),
                "client": client(allowed_providers=frozenset({OTHER.uid})),
            },
            FederationError.PROVIDER_NOT_ALLOWED,
            id="the FS excludes the FI of this address",
        ),
        pytest.param(
            {},
            {"email": MARIE, "candidates": (IDENTITE,), "is_plausible": False},
            WarnOfAddress(MARIE),
            id="an address nobody can have",
        ),
        pytest.param(
            {},
            {"email": MARIE, "candidates": (IDENTITE,), "is_plausible": False, "client": OF_DOMAIN_A},
            WarnOfAddress(MARIE),
            id="a slip of the finger is told before the FS's rules refuse it",
        ),
        pytest.param(
            {"email": str(MARIE), "insisted": str(MARIE)},
            {"email": MARIE, "candidates": (IDENTITE,), "is_plausible": False, "client": OF_DOMAIN_A},
            FederationError.EMAIL_DOMAIN_REFUSED,
            id="s089 whoever insists is refused by the FS's rules",
        ),
        pytest.param(
            {"email": str(MARIE), "insisted": str(MARIE)},
            {"email": MARIE, "candidates": (IDENTITE,), "is_plausible": False},
            GoTo(IDENTITE),
            id="submitted again: whoever insists goes on",
        ),
        pytest.param(
            {},
            {"email": MARIE, "candidates": (MINISTRY,), "outages": {MINISTRY.uid: OUTAGE}},
            WarnOfAddress(MARIE),
            id="the only FI will not answer",
        ),
        pytest.param(
            {"email": str(MARIE), "insisted": str(MARIE)},
            {"email": MARIE, "candidates": (MINISTRY,), "outages": {MINISTRY.uid: OUTAGE}},
            GoTo(MINISTRY),
            id="the only FI will not answer, and the person tries all the same",
        ),
        pytest.param(
            {},
            {"email": MARIE, "candidates": (MINISTRY, OTHER), "outages": {MINISTRY.uid: OUTAGE}},
            ChooseProvider(among=(MINISTRY, OTHER)),
            id="one of several FI will not answer: told by the chooser",
        ),
        pytest.param(
            {"prompt": SILENT},
            {"email": MARIE, "candidates": (IDENTITE,), "is_plausible": False},
            "login_required",
            id="silent: nobody is there to be warned",
        ),
        pytest.param(
            {},
            {
                "email": MARIE,
                "candidates": (MINISTRY,),
                "client": client(allowed_email_domains=frozenset({"a.fr"})),
            },
            FederationError.EMAIL_DOMAIN_REFUSED,
            id="s089 an address that the FS does not admit goes nowhere",
        ),
    ],
)
def test_the_rules_of_departure(asked, seen, move):
    assert _named(next_move(DEPARTURE, journey(**asked), leaving(**seen))) == move


@pytest.mark.parametrize(
    ("asked", "seen", "move"),
    [
        pytest.param({}, {}, Answer(Acr.EIDAS1), id="all is well"),
        pytest.param({}, {"is_blocked": True}, FederationError.ACCOUNT_BLOCKED, id="a blocked account"),
        pytest.param({}, {"only_person": UUID(int=1)}, Answer(Acr.EIDAS1), id="the person of id_token_hint"),
        pytest.param(
            {}, {"only_person": UUID(int=2)}, "login_required", id="s022 another person than the hint's"
        ),
        pytest.param(
            {}, {"provider": CLOSED}, FederationError.PROVIDER_DISABLED, id="s087 a FI closed meanwhile"
        ),
        pytest.param(
            {},
            {"email": EmailAddress.parse("x@ministere-b.fr")},
            FederationError.PROVIDER_NOT_ENTITLED,
            id="s076 a FI asserts an address of another domain",
        ),
        pytest.param(
            {},
            {
                "provider": provider(block_unlisted_domains=False),
                "email": EmailAddress.parse("x@ministere-b.fr"),
            },
            Answer(Acr.EIDAS1),
            id="a FI whose unlisted domains are let through",
        ),
        pytest.param(
            {},
            {
                "provider": provider(block_unlisted_domains=False),
                "email": EmailAddress.parse("x@ministere-b.fr"),
                "domain_is_anothers": True,
            },
            FederationError.PROVIDER_NOT_ENTITLED,
            id="s076 but never for the domain of another FI",
        ),
        pytest.param(
            {}, {"domain_is_anothers": True}, Answer(Acr.EIDAS1), id="a domain that two FI declare is of both"
        ),
        pytest.param(
            {},
            {"provider": IDENTITE, "email": EmailAddress.parse("x@pme.fr")},
            Answer(Acr.EIDAS1),
            id="Identité proves any address",
        ),
        pytest.param(
            {},
            {"client": client(allowed_providers=frozenset({uuid4()}))},
            FederationError.PROVIDER_NOT_ALLOWED,
            id="a FI that the FS does not admit",
        ),
        pytest.param(
            {},
            {"client": client(allowed_email_domains=frozenset({"a.fr"}))},
            FederationError.EMAIL_DOMAIN_REFUSED,
            id="s089 the FI's address counts, not the typed one",
        ),
        pytest.param(
            {},
            {"client": client(accepts_private_sector=False), "roles": ()},
            FederationError.PRIVATE_SECTOR_REFUSED,
            id="s088 a private person at a public FS",
        ),
        pytest.param(
            {},
            {
                "client": client(accepts_private_sector=False),
                "roles": (),
                "organization_is_unverified": True,
            },
            FederationError.ORGANIZATION_UNVERIFIED,
            id="s088 nobody can say, at a public FS",
        ),
        pytest.param(
            {},
            {"client": client(accepts_private_sector=False)},
            Answer(Acr.EIDAS1),
            id="s088 a public agent at a public FS",
        ),
        pytest.param({"demanded_acr": (Acr.EIDAS2,)}, {}, "access_denied", id="s018 a level not reached"),
        pytest.param(
            {"demanded_acr": (Acr.EIDAS1,)},
            {"reached": Reached(acr=Acr.EIDAS2)},
            Answer(Acr.EIDAS1),
            id="s017 the level returned is one demanded",
        ),
        pytest.param(
            {"preferred_acr": (Acr.EIDAS3,)},
            {},
            Answer(Acr.EIDAS1),
            id="a wish that is not met changes nothing",
        ),
        pytest.param(
            {"prompt": SILENT},
            {"is_blocked": True},
            "access_denied",
            id="silent: a refusal is the FS's error, no page",
        ),
        pytest.param(
            {"prompt": SILENT},
            {"client": client(accepts_private_sector=False), "roles": ()},
            "access_denied",
            id="silent: a private person",
        ),
        pytest.param(
            {}, {"client": AT_LEAST_EIDAS2}, FederationError.LEVEL_TOO_LOW, id="under the FS's minimum"
        ),
        pytest.param(
            {},
            {"client": AT_LEAST_EIDAS2, "reached": Reached(acr=Acr.EIDAS3)},
            Answer(Acr.EIDAS3),
            id="above the FS's minimum: what was reached",
        ),
        pytest.param(
            {"demanded_acr": (Acr.EIDAS1,)},
            {"client": AT_LEAST_EIDAS2, "reached": Reached(acr=Acr.EIDAS2)},
            Answer(Acr.EIDAS1),
            id="s017 above the minimum, the level returned is still one demanded",
        ),
        pytest.param(
            {"demanded_acr": (Acr.EIDAS1,)},
            {"client": AT_LEAST_EIDAS2},
            FederationError.LEVEL_TOO_LOW,
            id="what is demanded is reached, the minimum is not",
        ),
        pytest.param(
            {"demanded_acr": (Acr.EIDAS3,)},
            {"client": AT_LEAST_EIDAS2},
            "access_denied",
            id="neither is reached: the FS is told what it asked",
        ),
        pytest.param(
            {},
            {"client": client(minimum_acr="eidas1-mfa")},
            ProveMailbox(),
            id="a code by e-mail reaches the minimum",
        ),
        pytest.param(
            {},
            {
                "client": AT_LEAST_EIDAS2,
                "session": session(acr=Acr.EIDAS3),
                "reached": Reached(acr=Acr.EIDAS3),
            },
            FederationError.LEVEL_TOO_LOW,
            id="an open session is worth eidas1-mfa at most, for a minimum too",
        ),
    ],
)
def test_the_rules_of_arrival(asked, seen, move):
    assert _named(next_move(ARRIVAL, journey(**asked), arriving(**seen))) == move


def _named(move):
    """A refusal or an OAuth error by its name alone: its words are another test's affair."""
    return move.error if isinstance(move, Refuse | AnswerError) else move
