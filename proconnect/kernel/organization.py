"""What the public registers say of an organisation, and the rules drawn from it (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proconnect.kernel.public_bodies import public_bodies
from proconnect.kernel.siret import Siret

# Legal categories (INSEE, niveau III) of the public service, as the federation's reference lists them.
STATE = frozenset("7111 7112 7113 7120 7150 7160 7171 7172 7179 7190 7389".split())
LOCAL_AUTHORITIES = frozenset(
    "7210 7220 7225 7229 7230 7312 7313 7314 7321 7322 7323 7331 7340 7341 7342 7343 7344 7345 7346 7347 "
    "7348 7349 7351 7352 7353 7354 7355 7356 7357 7361 7362 7363 7366 7367 7371 7372 7373 7378 7379".split()
)
HOSPITALS = frozenset("7364 7365".split())
OTHER_PUBLIC_BODIES = frozenset(
    "4110 4120 4140 4150 4160 5430 5530 5546 5630 7381 7382 7383 7384 7385 7410 7430 7450 7470 7490 "
    "8110 8120 8140 8150 8160 8170 8450".split()
)
COMMUNES = frozenset(("7210", "7312", "7313"))
ONE_PERSON_COMPANIES = frozenset(("1000", "5498", "5720"))  # sole trader, EURL, SASU
TINY_HEADCOUNTS = frozenset((None, "NN", "00", "01"))
FRESH_FOR = timedelta(hours=24)  # facts of less than that are not asked for again


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationFacts:
    """One establishment, as the directory knew it at ``known_at``."""

    siret: Siret
    label: str  # legal name, with the brand name when there is one
    is_active: bool  # this establishment and its company are open
    is_diffusible: bool  # False: name and address are withheld (Sirene statutDiffusion P)
    legal_category: str  # four digits, INSEE niveau III
    legal_category_label: str
    activity: str  # NAF code
    headcount_bracket: str | None  # INSEE tranche d'effectifs of the company
    address: str
    postcode: str
    city_code: str  # code officiel géographique
    contact_email: str | None  # official mailbox in the public directories
    domains: tuple[str, ...]  # e-mail domains a public directory attributes to it
    known_at: datetime

    @property
    def is_public_service(self) -> bool:
        """The order is the rule: docs/regles/service-public.md."""
        if not self.legal_category or self.siret.siren in public_bodies().not_public or not self.is_active:
            return False
        return (
            self.is_state_operator
            or self.siret.siren in public_bodies().public
            or self.legal_category in STATE | LOCAL_AUTHORITIES | HOSPITALS | OTHER_PUBLIC_BODIES
        )

    @property
    def is_state_operator(self) -> bool:
        return self.siret.siren in public_bodies().state_operators

    def is_fresh(self, now: datetime) -> bool:
        return now - self.known_at < FRESH_FOR

    @property
    def is_commune(self) -> bool:
        return self.legal_category in COMMUNES

    @property
    def is_unipersonnelle(self) -> bool:
        return self.legal_category in ONE_PERSON_COMPANIES and self.headcount_bracket in TINY_HEADCOUNTS

    @property
    def roles(self) -> tuple[str, ...]:
        """Value of the ``roles`` claim: what the organisation is, never what the person is."""
        if not self.is_public_service:
            return ()
        kinds = (
            ("agent_public_etat", self.legal_category in STATE or self.is_state_operator),
            ("agent_public_territorial", self.legal_category in LOCAL_AUTHORITIES),
            ("agent_public_hospitalier", self.legal_category in HOSPITALS),
        )
        return ("agent_public", *(role for role, is_theirs in kinds if is_theirs))
