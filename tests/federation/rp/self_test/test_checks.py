"""What the facts about a FI are said to be: right, to watch, or to mend."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from joserfc.jwk import ECKey, RSAKey

from federation.registry import ProviderRecord
from federation.registry.proof import Seen
from federation.rp.metadata import Metadata
from federation.rp.self_test import shown
from federation.rp.self_test.checks import CHECKS, Outcome, judged, passed
from federation.rp.self_test.facts import Facts, Sirets

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ISSUER = "https://fi.gouv.fr"
EC_KEY = ECKey.generate_key("P-256", {"kid": "a"})
RSA_KEY = RSAKey.generate_key(2048, {"kid": "b"})
DOCUMENT: dict[str, Any] = {
    "issuer": ISSUER,
    "id_token_signing_alg_values_supported": ["ES256"],
    "scopes_supported": "openid uid given_name usual_name email siren siret organizational_unit "
    "belonging_population phone chorusdt".split(),
    "claims_supported": ["sub", "given_name", "usual_name", "email", "uid", "siret", "acr", "amr"],
    "acr_values_supported": ["eidas1", "eidas1-mfa"],
    "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
    "code_challenge_methods_supported": ["S256"],
}


def provider(**changes: Any) -> ProviderRecord:
    usual: dict[str, Any] = dict.fromkeys(ProviderRecord.__dataclass_fields__)
    usual |= {
        "uid": UUID(int=1),
        "title": "Ministère",
        "is_open": True,
        "is_routed": True,
        "issuer": ISSUER,
        "discovery": True,
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_algs": ("ES256",),
        "quirks": frozenset(),
        "is_mfa_capable": True,
        "support_email": "aide@fi.gouv.fr",
        "default_siret": "11004601800013",
        "testers": {},
        "outages": (),
        "shared_domains": frozenset(),
    }
    return ProviderRecord(**(usual | changes))


KNOWN = Metadata(
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/authorize",
    token_endpoint=f"{ISSUER}/token",
    userinfo_endpoint=f"{ISSUER}/userinfo",
    jwks_uri=f"{ISSUER}/jwks",
    end_session_endpoint=f"{ISSUER}/logout",
)
GOOD = Facts(
    provider=provider(),
    now=NOW,
    document=DOCUMENT,
    known=KNOWN,
    keys=(EC_KEY,),
    clock_drift=timedelta(seconds=2),
    domains={"fi.gouv.fr": Seen.FOUND},
    default_siret=Sirets.KNOWN,
)


def facts(
    *, document: Mapping[str, Any] | None = None, of: Mapping[str, Any] | None = None, **seen: Any
) -> Facts:
    """``document``: changes of the discovery document, ``...`` removes; ``of``: changes of our record."""
    said = {name: value for name, value in ({**DOCUMENT, **(document or {})}).items() if value is not ...}
    return replace(GOOD, **{"document": said, "provider": provider(**(of or {})), **seen})


def outcomes(seen: Facts) -> dict[str, str]:
    """What is not right."""
    return {
        finding.check: finding.said.outcome.value
        for finding in judged(seen)
        if finding.said.outcome is not Outcome.OK
    }


def test_a_good_fi_has_nothing_to_mend() -> None:
    assert outcomes(GOOD) == {}
    assert passed(judged(GOOD))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(
            facts(document_problem="fi.gouv.fr: TooSlow", known=None, keys=(), document={}),
            {"discovery": "failure"},
            id="no document",
        ),
        pytest.param(
            facts(document={"issuer": f"{ISSUER}/"}, known=None, known_problem="another issuer's"),
            {"discovery": "failure", "endpoints": "failure"},
            id="another issuer, by a slash",
        ),
        pytest.param(
            facts(known=None, known_problem="token_endpoint: only https is called"),
            {"endpoints": "failure"},
            id="an address in clear",
        ),
        pytest.param(
            facts(known=replace(KNOWN, userinfo_endpoint="")), {"endpoints": "failure"}, id="no userinfo"
        ),
        pytest.param(
            facts(known=replace(KNOWN, userinfo_endpoint=""), of={"quirks": frozenset({"no-userinfo"})}),
            {},
            id="no userinfo, and we know",
        ),
        pytest.param(facts(keys=(), keys_problem="HTTP 404"), {"keys": "failure"}, id="no keys"),
        pytest.param(
            facts(known=replace(KNOWN, jwks_uri=""), keys=()), {"keys": "failure"}, id="no jwks_uri"
        ),
        pytest.param(facts(keys=(RSA_KEY,)), {"keys": "failure"}, id="keys of another kind"),
        pytest.param(
            facts(keys=(EC_KEY, ECKey.generate_key("P-256"))), {"keys": "warning"}, id="a key without name"
        ),
        pytest.param(
            facts(
                of={"id_token_signed_response_algs": ("HS256",)},
                keys=(),
                known=replace(KNOWN, jwks_uri=""),
                document={"id_token_signing_alg_values_supported": ["HS256"]},
            ),
            {},
            id="HS256 needs no key",
        ),
        pytest.param(
            facts(clock_drift=timedelta(seconds=-31)), {"clock": "warning"}, id="half a minute late"
        ),
        pytest.param(facts(clock_drift=timedelta(minutes=6)), {"clock": "failure"}, id="six minutes ahead"),
        pytest.param(facts(clock_drift=None), {"clock": "warning"}, id="no clock"),
        pytest.param(
            facts(document={"id_token_signing_alg_values_supported": ["PS256"]}),
            {"algorithms": "failure"},
            id="signs otherwise",
        ),
        pytest.param(
            facts(document={"id_token_signing_alg_values_supported": ...}),
            {"algorithms": "warning"},
            id="no say",
        ),
        pytest.param(
            facts(
                of={"id_token_encrypted_response_alg": "ECDH-ES"},
                document={"id_token_encryption_alg_values_supported": ["RSA1_5"]},
            ),
            {"encryption": "failure"},
            id="encrypts otherwise",
        ),
        pytest.param(
            facts(
                of={"userinfo_encrypted_response_alg": "ECDH-ES"},
                document={"userinfo_encryption_alg_values_supported": ["ECDH-ES"]},
            ),
            {},
            id="encrypts as agreed",
        ),
        pytest.param(
            facts(document={"scopes_supported": ["openid"]}), {"scopes": "warning"}, id="few scopes"
        ),
        pytest.param(facts(document={"scopes_supported": ["email"]}), {"scopes": "failure"}, id="no openid"),
        pytest.param(
            facts(
                document={"scopes_supported": "openid email profile".split()},
                of={"quirks": frozenset({"entra-id"})},
            ),
            {},
            id="the scopes of Entra ID",
        ),
        pytest.param(facts(document={"claims_supported": ["sub"]}), {"claims": "warning"}, id="few claims"),
        pytest.param(
            facts(
                document={"claims_supported": ["given_name", "usual_name", "email", "uid", "amr"]},
                of={"quirks": frozenset({"no-acr"})},
            ),
            {},
            id="neither SIRET nor level, and we know",
        ),
        pytest.param(
            facts(document={"acr_values_supported": ["loa1"]}), {"levels": "warning"}, id="levels of its own"
        ),
        pytest.param(
            facts(document={"acr_values_supported": ["eidas1"]}), {"levels": "warning"}, id="no strong level"
        ),
        pytest.param(
            facts(document={"acr_values_supported": ...}, of={"quirks": frozenset({"no-acr"})}),
            {},
            id="no level",
        ),
        pytest.param(facts(has_secret=False), {"authentication": "failure"}, id="no secret"),
        pytest.param(
            facts(has_secret=False, of={"token_endpoint_auth_method": "private_key_jwt"}), {}, id="our key"
        ),
        pytest.param(
            facts(
                of={"token_endpoint_auth_method": "private_key_jwt"},
                known=replace(KNOWN, assertion_algorithms=("PS256",)),
            ),
            {"authentication": "failure"},
            id="our key, not understood",
        ),
        pytest.param(
            facts(document={"token_endpoint_auth_methods_supported": ...}),
            {"authentication": "failure"},
            id="nothing said: client_secret_basic alone",
        ),
        pytest.param(
            facts(document={"code_challenge_methods_supported": ...}), {"pkce": "warning"}, id="no PKCE"
        ),
        pytest.param(
            facts(known=replace(KNOWN, end_session_endpoint="")), {"logout": "warning"}, id="no logout"
        ),
        pytest.param(facts(domains={"fi.gouv.fr": Seen.ABSENT}), {"domains": "warning"}, id="not proved"),
        pytest.param(facts(domains={"fi.gouv.fr": Seen.UNKNOWN}), {"domains": "warning"}, id="no DNS"),
        pytest.param(facts(domains={}), {"domains": "warning"}, id="no domain"),
        pytest.param(
            facts(domains={}, taken={"fi.gouv.fr": "Agence"}), {"domains": "failure"}, id="domain of another"
        ),
        pytest.param(facts(default_siret=Sirets.NONE_GIVEN), {"default_siret": "warning"}, id="no SIRET"),
        pytest.param(facts(default_siret=Sirets.UNKNOWN), {"default_siret": "failure"}, id="unknown SIRET"),
        pytest.param(facts(default_siret=Sirets.NOT_ASKED), {"default_siret": "warning"}, id="no directory"),
        pytest.param(facts(of={"support_email": None}), {"support": "warning"}, id="nobody to write to"),
        pytest.param(facts(of={"is_routed": False}), {"testers": "warning"}, id="hidden, no tester"),
        pytest.param(
            facts(of={"is_routed": False, "testers": {"x@fi.gouv.fr": NOW}}),
            {"testers": "warning"},
            id="too late",
        ),
        pytest.param(
            facts(of={"is_routed": False, "testers": {"x@fi.gouv.fr": NOW + timedelta(days=1)}}),
            {},
            id="tested",
        ),
        pytest.param(facts(of={"is_open": False}), {"service": "warning"}, id="out of service"),
        pytest.param(
            facts(document_problem="", document=dict.fromkeys(DOCUMENT, ...), of={"discovery": False}),
            {},
            id="by hand",
        ),
    ],
)
def test_what_is_not_right(seen: Facts, expected: dict[str, str]) -> None:
    assert outcomes(seen) == expected
    assert passed(judged(seen)) is ("failure" not in expected.values())


def test_every_sentence_is_whole_and_short() -> None:
    for seen in (GOOD, facts(document={"scopes_supported": ["x"]}, has_secret=False, keys=(RSA_KEY,))):
        for finding in judged(seen):
            text = finding.said.text.format(**finding.said.told)
            assert text[0].isupper() or text[0].isdigit()
            assert text.endswith(".")


def test_every_check_says_something_of_a_bad_fi() -> None:
    assert {finding.check for finding in judged(GOOD)} | {"encryption", "testers", "service"} == set(CHECKS)


def test_what_a_fi_wrote_neither_fills_the_page_nor_commands_the_terminal() -> None:
    assert shown("\x1b[31m\n") == "�[31m�"
    assert len(shown("x" * 100_000)) == 201
