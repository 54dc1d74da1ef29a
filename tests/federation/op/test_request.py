import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import FederationError
from federation.op.request import (
    LONGEST,
    AnswerableError,
    AuthorizationRequest,
    ReturnAddress,
    read,
)
from federation.registry.records import ClientRecord
from proconnect.kernel.assurance import Acr
from proconnect.kernel.error_page import Refused
from tests.federation.journey.builders import client

Parameters = list[tuple[str, str]]

CALLBACK = "https://demarches.exemple.fr/retour"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
FS = client(scopes=frozenset({"openid", "email", "amr"}), redirect_uris=(CALLBACK,), require_pkce=False)
USUAL = {
    "client_id": FS.client_id,
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid email",
    "state": "a-state",
    "nonce": "a-nonce",
}
OPTIONAL = sorted(  # an empty challenge is refused: it would be a downgrade
    LONGEST.keys()
    - {"client_id", "redirect_uri", "response_type", "scope", "code_challenge", "code_challenge_method"}
)


def find(client_id: str) -> ClientRecord | None:
    return FS if client_id == FS.client_id else None


def sent(**changes: str | None) -> Parameters:
    return [(name, value) for name, value in (USUAL | changes).items() if value is not None]


def asked(**changes: str | None) -> AuthorizationRequest:
    return read(sent(**changes), find)[0]


def refusal(parameters: Parameters, fs: ClientRecord = FS, **options: bool) -> AnswerableError:
    with pytest.raises(AnswerableError) as caught:
        read(parameters, lambda client_id: fs, **options)
    return caught.value


# What is understood


def test_an_ordinary_request_is_read_as_it_was_sent() -> None:
    request, fs = read(sent(), find)
    assert fs is FS
    assert request.scopes == ("openid", "email")
    assert (request.state, request.nonce) == ("a-state", "a-nonce")
    assert request.return_address == ReturnAddress(CALLBACK, "a-state", "query")


def test_a_request_survives_being_kept() -> None:
    request = asked(
        prompt="login consent",
        max_age="60",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        claims=json.dumps({"id_token": {"acr": {"essential": True, "values": ["eidas1"]}, "amr": None}}),
    )
    assert AuthorizationRequest.from_json(json.loads(json.dumps(request.to_json()))) == request


@pytest.mark.parametrize("parameter", ["state", "nonce"])
def test_state_and_nonce_are_optional(parameter: str) -> None:
    assert getattr(asked(**{parameter: None}), parameter) == ""


@pytest.mark.parametrize("parameter", OPTIONAL)
def test_an_optional_parameter_without_a_value_is_as_if_not_sent(parameter: str) -> None:
    assert asked(**{parameter: ""}) == asked(**{parameter: None})


def test_unknown_parameters_are_ignored() -> None:
    assert asked(extra="foobar") == asked()


def test_unknown_parameters_are_refused_where_the_deployment_wants_it() -> None:
    assert refusal(sent(extra="foobar"), strict=True).error == "invalid_request"
    read(sent(), find, strict=True)


@pytest.mark.parametrize("name", ["state", "nonce"])
@pytest.mark.parametrize("value", [None, ""])
def test_state_and_nonce_are_demanded_where_the_deployment_wants_it(name: str, value: str | None) -> None:
    assert refusal(sent(**{name: value}), strict=True).description == f"{name} is required"
    read(sent(**{name: value}), find)


def test_unknown_scopes_are_ignored() -> None:
    assert asked(scope="openid offline_access profile email").scopes == ("openid", "email")


@pytest.mark.parametrize("hint", ["é@exemple.fr", "camille.martin@exemple.fr"])
def test_a_login_hint_is_kept(hint: str) -> None:
    assert asked(login_hint=hint).login_hint == hint


def test_max_age_is_a_duration() -> None:
    assert asked(max_age="0").max_age == timedelta(0)
    assert asked(max_age="10000").max_age == timedelta(seconds=10000)


def test_s006_a_state_of_4_kb_comes_back_byte_for_byte() -> None:
    state = "é+%20&=" * 585
    assert asked(state=state).return_address.state == state


# Who asks, and where answers go


@pytest.mark.parametrize(
    "client_id", [None, "", "unknown", "DEMARCHES", " demarches", "demarches\x00", "<script>", "a" * 5000]
)
def test_s002_an_unknown_client_never_gets_a_redirect(client_id: str | None) -> None:
    with pytest.raises(Refused) as caught:
        read(sent(client_id=client_id), find)
    assert caught.value.error in (FederationError.UNKNOWN_CLIENT, FederationError.WRONG_REQUEST)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        None,
        "",
        CALLBACK + "/",
        CALLBACK.upper(),
        CALLBACK.replace(".fr", ".fr:443"),
        CALLBACK + "?a=b",
        CALLBACK + "#a",
        CALLBACK + "/..",
        CALLBACK + "/..;/",
        CALLBACK.replace("retour", "%72etour"),
        CALLBACK.replace("https://", "https://demarches.exemple.fr@evil.example/"),
        CALLBACK + " ",
        CALLBACK + "\x00",
        CALLBACK * 1000,
        "javascript:alert(1)",
    ],
)
def test_s001_a_redirect_uri_is_compared_to_the_byte(redirect_uri: str | None) -> None:
    with pytest.raises(Refused) as caught:
        read(sent(redirect_uri=redirect_uri), find)
    assert caught.value.error in (FederationError.WRONG_REDIRECT_URI, FederationError.WRONG_REQUEST)


@pytest.mark.parametrize("parameter", ["client_id", "redirect_uri"])
def test_s005_whom_to_answer_must_be_said_once(parameter: str) -> None:
    with pytest.raises(Refused) as caught:
        read([*sent(), (parameter, USUAL[parameter])], find)
    assert caught.value.error is FederationError.WRONG_REQUEST


# What the FS is told


@pytest.mark.parametrize("parameter", sorted(LONGEST.keys() - {"client_id", "redirect_uri"}))
def test_s005_a_parameter_given_twice_is_refused(parameter: str) -> None:
    value = USUAL.get(parameter, "1")
    told = refusal([*sent(**{parameter: value}), (parameter, value)])
    assert told.error == "invalid_request"
    assert told.to.state == ("" if parameter == "state" else "a-state")


@pytest.mark.parametrize("parameter", sorted(LONGEST.keys() - {"client_id", "redirect_uri"}))
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda value, longest: value + "a" * (longest + 1), id="too long"),
        pytest.param(lambda value, longest: value + "\x00", id="NUL"),
        pytest.param(lambda value, longest: value + "\r\nSet-Cookie: a=b"[:longest], id="new line"),
        pytest.param(lambda value, longest: "\x7f", id="delete"),
        pytest.param(lambda value, longest: "\x85", id="C1 control"),
        pytest.param(lambda value, longest: "\ufffd", id="not UTF-8"),
    ],
)
def test_a_parameter_too_long_or_with_controls_is_refused(
    parameter: str, spoil: Callable[[str, int], str]
) -> None:
    told = refusal(sent(**{parameter: spoil(USUAL.get(parameter, ""), LONGEST[parameter])}))
    assert told.error == "invalid_request"
    assert told.to == ReturnAddress(CALLBACK, "" if parameter == "state" else "a-state", "query")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param({"response_type": None}, "invalid_request", id="no response_type"),
        *[
            pytest.param(
                {"response_type": kind}, "unsupported_response_type", id=f"s003 response_type={kind}"
            )
            for kind in ("", "token", "id_token", "code id_token", "code token", "none", "CODE", "code code")
        ],
        *[
            pytest.param({"response_mode": mode}, "invalid_request", id=f"s004 response_mode={mode}")
            for mode in ("fragment", "web_message", "jwt", "javascript:alert(1)", "QUERY")
        ],
        pytest.param({"scope": None}, "invalid_scope", id="no scope"),
        pytest.param({"scope": ""}, "invalid_scope", id="empty scope"),
        pytest.param({"scope": "email"}, "invalid_scope", id="s008 scope without openid"),
        pytest.param({"scope": "openidemail"}, "invalid_scope", id="s008 one word"),
        pytest.param({"scope": "openid siret"}, "invalid_scope", id="s008 scope not granted to this FS"),
        pytest.param({"nonce": "é"}, "invalid_request", id="nonce not ASCII"),
        pytest.param({"prompt": "none login"}, "invalid_request", id="s013 none with another"),
        pytest.param({"prompt": "create"}, "invalid_request", id="s013 unsupported prompt"),
        pytest.param({"max_age": "-1"}, "invalid_request", id="negative max_age"),
        pytest.param({"max_age": "1.5"}, "invalid_request", id="max_age not whole"),
        pytest.param({"max_age": "soon"}, "invalid_request", id="max_age not a number"),
        pytest.param({"max_age": "१"}, "invalid_request", id="max_age in other digits"),
        pytest.param({"login_hint": "camille"}, "invalid_request", id="login_hint not an address"),
        pytest.param(
            {"login_hint": "<script>@exemple.fr"}, "invalid_request", id="s021 login_hint with markup"
        ),
        pytest.param({"siret_hint": "130025265"}, "invalid_request", id="siret_hint too short"),
        pytest.param({"siret_hint": "1300252650001A"}, "invalid_request", id="siret_hint not digits"),
        pytest.param({"id_token_hint": "not-a-token"}, "invalid_request", id="id_token_hint not a token"),
        pytest.param({"request": "a.b.c"}, "request_not_supported", id="s020 request"),
        pytest.param({"request_uri": "https://a.fr/"}, "request_uri_not_supported", id="s020 request_uri"),
        pytest.param({"registration": "{}"}, "registration_not_supported", id="registration"),
    ],
)
def test_what_the_fs_is_told(changes: dict[str, str | None], error: str) -> None:
    told = refusal(sent(**changes))
    assert told.error == error
    assert told.to == ReturnAddress(CALLBACK, "a-state", "query")


def test_an_error_comes_back_by_form_when_the_fs_wants_its_answers_so() -> None:
    assert refusal(sent(scope="", response_mode="form_post")).to.response_mode == "form_post"


# PKCE


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        pytest.param(CHALLENGE, "plain", id="s009 plain"),
        pytest.param(CHALLENGE, None, id="s009 no method"),
        pytest.param(CHALLENGE, "", id="s009 empty method"),
        pytest.param(CHALLENGE, "s256", id="lower case"),
        pytest.param(None, "S256", id="method alone"),
        pytest.param("", "S256", id="empty challenge"),
        pytest.param("", None, id="empty challenge alone"),
        pytest.param(CHALLENGE[:-1], "S256", id="too short"),
        pytest.param(CHALLENGE + "A", "S256", id="too long"),
        pytest.param("+" * 43, "S256", id="not base64url"),
    ],
)
def test_s009_a_challenge_is_s256_or_nothing(challenge: str | None, method: str | None) -> None:
    assert refusal(sent(code_challenge=challenge, code_challenge_method=method)).error == "invalid_request"


def test_s010_a_client_that_must_use_pkce_cannot_leave_it_out() -> None:
    strict = replace(FS, require_pkce=True)
    assert refusal(sent(), strict).error == "invalid_request"
    assert refusal(sent(code_challenge=""), strict).error == "invalid_request"
    read(sent(code_challenge=CHALLENGE, code_challenge_method="S256"), lambda client_id: strict)


# Levels and claims


def acr(**how: Any) -> str:
    return json.dumps({"id_token": {"acr": how}})


def test_a_demand_keeps_the_order_of_the_fs_and_drops_what_is_unknown() -> None:
    demand = asked(claims=acr(essential=True, values=["eidas2", "eidas7", "eidas1"]), acr_values="eidas3")
    assert demand.demanded_acr == (Acr.EIDAS2, Acr.EIDAS1)
    assert demand.preferred_acr == ()


def test_a_single_value_is_a_demand_too() -> None:
    assert asked(claims=acr(essential=True, value="eidas1")).demanded_acr == (Acr.EIDAS1,)


@pytest.mark.parametrize(
    "changes",
    [
        {"acr_values": "eidas2 eidas9 eidas1"},
        {"claims": acr(values=["eidas2", "eidas9", "eidas1"])},
        {"claims": acr(values=["eidas1"], essential=False), "acr_values": "eidas2"},
    ],
)
def test_without_essential_a_level_is_only_preferred(changes: dict[str, str]) -> None:
    request = asked(**changes)
    assert request.demanded_acr == ()
    assert request.preferred_acr == (Acr.EIDAS2, Acr.EIDAS1)


def test_a_demand_of_nothing_known_is_refused_at_once() -> None:
    told = refusal(sent(claims=acr(essential=True, values=["eidas9", "gold"])))
    assert (told.error, told.description) == ("access_denied", "requested ACRs could not be satisfied")


def test_an_essential_acr_without_value_is_no_demand() -> None:
    assert asked(claims=acr(essential=True)).demanded_acr == ()


def test_claims_are_asked_for_by_name() -> None:
    request = asked(
        claims='{"userinfo": {"siret": null, "unknown": null}, "id_token": {"amr": {"essential": true}}}'
    )
    assert request.userinfo_claims == ("siret",)
    assert request.id_token_claims == ("amr",)


def test_a_claim_of_the_person_never_enters_the_id_token() -> None:
    assert asked(claims='{"id_token": {"email": null, "given_name": null}}').id_token_claims == ()


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param("{", id="not JSON"),
        pytest.param("null", id="null"),
        pytest.param("[]", id="a list"),
        pytest.param('"acr"', id="a string"),
        pytest.param("12", id="a number"),
        pytest.param('{"id_token": []}', id="id_token a list"),
        pytest.param('{"userinfo": "email"}', id="userinfo a string"),
        pytest.param('{"id_token": {"acr": "eidas1"}}', id="acr a string"),
        pytest.param('{"id_token": {"acr": {"essential": "yes"}}}', id="essential a string"),
        pytest.param('{"id_token": {"acr": {"values": "eidas1"}}}', id="values a string"),
        pytest.param('{"id_token": {"acr": {"values": [1]}}}', id="values numbers"),
        pytest.param('{"id_token": {"acr": {"value": null}}}', id="value null"),
        pytest.param(
            '{"id_token": {"acr": {"essential": true, "value": "eidas1", "values": ["eidas1"]}}}', id="both"
        ),
        pytest.param('{"id_token": {"sub": {"value": "someone"}}}', id="a given sub"),
        pytest.param('{"id_token": {}, "id_token": {}}', id="s016 duplicate keys"),
        pytest.param(
            '{"id_token": {"acr": null, "acr": {"essential": true}}}', id="s016 duplicate keys inside"
        ),
        pytest.param('{"a": NaN}', id="NaN"),
        pytest.param('{"a": ' + "1" * 5000 + "}", id="an endless number"),
        pytest.param("[" * 1000 + "]" * 1000, id="s016 1000 deep"),
        pytest.param('{"a":' * 1000 + "1" + "}" * 1000, id="s016 1000 deep, objects"),
        pytest.param('["]",' * 2000 + "1" + "]" * 2000, id="deep, with brackets in strings"),
        pytest.param('{"a": "' + "b" * 100_000 + '"}', id="s016 100 kB"),
    ],
)
def test_s016_claims_that_are_no_claims_are_refused_quickly(claims: str) -> None:
    started = time.perf_counter()
    told = refusal(sent(claims=claims))
    assert told.error == "invalid_request"
    assert time.perf_counter() - started < 0.05


# Whatever is sent

names = st.sampled_from([*LONGEST, "extra"])
values = st.one_of(
    st.text(max_size=40), st.sampled_from(["openid", "code", "none", "S256", "1", CHALLENGE, "{}"])
)


@given(st.lists(st.tuples(names, values), max_size=12), st.booleans(), st.booleans())
@settings(max_examples=300, deadline=None)
def test_reading_never_fails_otherwise(noise: Parameters, trusted: bool, strict: bool) -> None:
    match outcome([*(sent() if trusted else []), *noise], strict=strict):
        case Refused() as refused:
            assert refused.page.status == 400
        case AnswerableError() as told:
            assert told.to.redirect_uri == CALLBACK
            assert told.description.isascii()
            assert told.description.isprintable()
        case request:
            assert AuthorizationRequest.from_json(request.to_json()) == request


def outcome(parameters: Parameters, **options: bool) -> AuthorizationRequest | Refused | AnswerableError:
    try:
        return read(parameters, find, **options)[0]
    except (Refused, AnswerableError) as told:
        return told


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id_token", "userinfo", "acr", "amr", "sub", "essential", "value", "values"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(json_values.map(json.dumps) | st.text(alphabet='{}[]",:\\ abc0', max_size=60))
@settings(max_examples=300, deadline=None)
def test_claims_never_fail_otherwise(claims: str) -> None:
    told = outcome(sent(claims=claims))
    assert not isinstance(told, Refused)
    assert not isinstance(told, AnswerableError) or told.error in ("invalid_request", "access_denied")
