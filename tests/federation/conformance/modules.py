"""The Foundation's five plans for a provider, module by module, and what is expected of ours.

``python -m tests.federation.conformance.modules`` prints the table of docs/partenaires/conformite.md.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Metadata = Mapping[str, Any]  # the discovery document


@dataclass(frozen=True, slots=True)
class Skip:
    """When the suite itself does not run a module, and what we tell partners of it."""

    happens: Callable[[Metadata], bool]
    why: str


@dataclass(frozen=True, slots=True)
class Module:
    """``weights``: F a fault refuses the certification, W warns, S skipped when not offered, R seen by a reviewer."""

    name: str
    purpose: str
    weights: str
    skip: Skip | None = None  # expected of ours

    @property
    def test(self) -> str:
        return f"test_{self.name.replace('-', '_')}"

    @property
    def expected(self) -> str:
        return f"sauté : {self.skip.why}" if self.skip else "réussi"


@dataclass(frozen=True, slots=True)
class Plan:
    name: str
    title: str
    test_file: str
    modules: tuple[Module, ...]
    variant: str = ""  # the parameter of its tests, where two plans share them


def offers_scopes(metadata: Metadata, *scopes: str) -> bool:
    return set(scopes) <= set(metadata["scopes_supported"])


def offers_unsigned_request_objects(metadata: Metadata) -> bool:
    return "none" in metadata.get("request_object_signing_alg_values_supported", ())


def lets_clients_register(metadata: Metadata) -> bool:
    return "registration_endpoint" in metadata


NO_REGISTRATION = Skip(
    lambda metadata: not lets_clients_register(metadata), "enregistrement dynamique seul ; vérifié quand même"
)
NO_PROFILE = Skip(
    lambda metadata: not offers_scopes(metadata, "profile"),
    "scope non annoncé, propre aux services réglés en OpenID Connect générique ; vérifié quand même",
)
NO_ADDRESS = Skip(
    lambda metadata: not offers_scopes(metadata, "address"), "`address` n’est pas un scope de ProConnect"
)
NO_REQUEST_OBJECT = Skip(
    lambda metadata: not offers_unsigned_request_objects(metadata),
    "objets de requête non offerts ; refusés par leur nom, vérifié quand même",
)

BASIC_MODULES = (
    Module("oidcc-server", "parcours ordinaire", "F"),
    Module("oidcc-response-type-missing", "demande sans `response_type`", "F/R"),
    Module(
        "oidcc-idtoken-signature",
        "signature RS256 et `kid`",
        "F",
        NO_REGISTRATION,
    ),
    Module(
        "oidcc-idtoken-unsigned",
        "ID token sans signature",
        "S",
        NO_REGISTRATION,
    ),
    Module("oidcc-userinfo-get", "userinfo par GET", "F"),
    Module("oidcc-userinfo-post-header", "userinfo par POST, jeton en en-tête", "F"),
    Module("oidcc-userinfo-post-body", "userinfo par POST, jeton dans le corps", "W"),
    Module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow", "demande sans `nonce`", "F"),
    Module(
        "oidcc-scope-profile",
        "données du scope `profile`",
        "F, W, S",
        NO_PROFILE,
    ),
    Module("oidcc-scope-email", "données du scope `email`", "F, W, S"),
    Module("oidcc-scope-address", "données du scope `address`", "F, W, S", NO_ADDRESS),
    Module("oidcc-scope-phone", "données du scope `phone`", "F, W, S"),
    Module("oidcc-scope-all", "tous les scopes ensemble", "F, W, S", NO_ADDRESS),
    Module("oidcc-alternate-happy-flow", "scopes et paramètres dans un autre ordre", "F"),
    Module("oidcc-display-page", "`display=page`", "F"),
    Module("oidcc-display-popup", "`display=popup`", "F"),
    Module("oidcc-prompt-login", "`prompt=login` redemande la connexion", "F/R"),
    Module("oidcc-prompt-none-not-logged-in", "`prompt=none` sans session", "F"),
    Module("oidcc-prompt-none-logged-in", "`prompt=none` avec une session", "F"),
    Module("oidcc-max-age-1", "`max_age=1` redemande la connexion", "F/R"),
    Module("oidcc-max-age-10000", "`max_age` respecté sans nouvelle connexion", "F"),
    Module("oidcc-ensure-request-with-unknown-parameter-succeeds", "paramètre inconnu ignoré", "F"),
    Module("oidcc-id-token-hint", "`id_token_hint` et `prompt=none`", "F"),
    Module("oidcc-login-hint", "`login_hint`", "F"),
    Module("oidcc-ui-locales", "`ui_locales`", "F"),
    Module("oidcc-claims-locales", "`claims_locales`", "F"),
    Module("oidcc-ensure-request-with-acr-values-succeeds", "`acr_values`", "F, W"),
    Module("oidcc-codereuse", "code présenté deux fois de suite", "W"),
    Module("oidcc-codereuse-30seconds", "code présenté de nouveau après 30 s", "F, W"),
    Module("oidcc-ensure-registered-redirect-uri", "`redirect_uri` non enregistrée", "F/R"),
    Module("oidcc-ensure-post-request-succeeds", "demande par POST", "W"),
    Module("oidcc-server-client-secret-post", "client authentifié par `client_secret_post`", "F"),
    Module(
        "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        "`request_uri` non signée",
        "F, S",
        NO_REQUEST_OBJECT,
    ),
    Module(
        "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        "`request` non signé",
        "F, S",
        NO_REQUEST_OBJECT,
    ),
    Module("oidcc-claims-essential", "`claims` demande `name` à userinfo", "F, W"),
    Module(
        "oidcc-ensure-request-object-with-redirect-uri",
        "`redirect_uri` dans l’objet de requête seulement",
        "F/R, S",
        NO_REQUEST_OBJECT,
    ),
    Module("oidcc-refresh-token", "jeton de rafraîchissement", "F, S"),
    Module("oidcc-ensure-request-with-valid-pkce-succeeds", "PKCE `S256`", "F"),
)

PLANS = (
    Plan(
        "oidcc-basic-certification-test-plan",
        "Basic OP",
        "test_basic_and_form_post.py",
        BASIC_MODULES,
        variant="basic",
    ),
    Plan(
        "oidcc-config-certification-test-plan",
        "Config OP",
        "test_config.py",
        (Module("oidcc-discovery-endpoint-verification", "document de découverte et clés", "F, W"),),
    ),
    Plan(
        "oidcc-formpost-basic-certification-test-plan",
        "Form Post OP",
        "test_basic_and_form_post.py",
        BASIC_MODULES,
        variant="form_post",
    ),
    Plan(
        "oidcc-rp-initiated-logout-certification-test-plan",
        "RP-Initiated OP",
        "test_rp_initiated_logout.py",
        (
            Module(
                "oidcc-rp-initiated-logout-discovery-endpoint-verification",
                "`end_session_endpoint` publié",
                "F",
            ),
            Module("oidcc-rp-initiated-logout", "déconnexion et retour avec `state`", "F"),
            Module("oidcc-rp-initiated-logout-no-state", "le même sans `state`", "F"),
            Module(
                "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
                "adresse de retour non enregistrée",
                "F/R",
            ),
            Module(
                "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
                "paramètre ajouté à l’adresse de retour",
                "F/R",
            ),
            Module(
                "oidcc-rp-initiated-logout-modified-id-token-hint",
                "`id_token_hint` sans signature",
                "F/R",
            ),
            Module(
                "oidcc-rp-initiated-logout-bad-id-token-hint",
                "`id_token_hint` signé par un autre",
                "F/R",
            ),
            Module("oidcc-rp-initiated-logout-no-id-token-hint", "sans `id_token_hint`", "F/R"),
            Module("oidcc-rp-initiated-logout-no-params", "sans aucun paramètre", "F/R"),
            Module("oidcc-rp-initiated-logout-only-state", "`state` seul", "F/R"),
            Module(
                "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
                "sans adresse de retour",
                "F/R",
            ),
        ),
    ),
    Plan(
        "oidcc-backchannel-rp-initiated-logout-certification-test-plan",
        "Back-Channel OP",
        "test_back_channel_logout.py",
        (
            Module(
                "oidcc-backchannel-logout-discovery-endpoint-verification",
                "déconnexion par canal arrière annoncée",
                "F",
            ),
            Module("oidcc-backchannel-rp-initiated-logout", "`logout_token` reçu et vérifié", "F, W"),
        ),
    ),
)

MODULES: Mapping[str, Module] = {module.name: module for plan in PLANS for module in plan.modules}


def table() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    for plan in PLANS:
        yield f"### {plan.title}"
        yield ""
        yield f"Plan `{plan.name}`, essais dans `tests/federation/conformance/{plan.test_file}`."
        yield ""
        yield "| Module | Ce qu’il vérifie | Poids | Attendu | Essai |"
        yield "|---|---|---|---|---|"
        for module in plan.modules:
            test = f"{module.test}[{plan.variant}]" if plan.variant else module.test
            cells = (module.name, module.purpose, module.weights, module.expected, f"`{test}`")
            yield f"| {' | '.join(cells)} |"
        yield ""


if __name__ == "__main__":
    sys.stdout.write(table())
