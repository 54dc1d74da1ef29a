"""Where the guides' files are, and a partner who runs them: registers, starts a service, uses it as a person would."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey

from federation.registry.snapshot import LOOK_EVERY
from tests.mirrors.browser import Browser, Page
from tests.mirrors.processes import Child, free_port, stop, wait_until_ready
from tests.mirrors.stack import Stack

GUIDES = Path(__file__).resolve().parents[3] / "docs" / "partenaires"
FILES = GUIDES / "parcours"
TWO_FACTORS = "dominique.petit@exemples.gouv.fr", "Dominique Petit"
ONE_FACTOR_DOMAIN = "essais.gouv.fr"


@dataclass(frozen=True, slots=True)
class Partner:
    """Works in a directory of their own, under a name of their own."""

    stack: Stack
    name: str
    directory: Path
    url: str

    @classmethod
    def named(cls, name: str, stack: Stack, directory: Path) -> "Partner":
        return cls(stack, name, directory, f"http://localhost:{free_port()}")

    @property
    def environment(self) -> dict[str, str]:
        return {"PROCONNECT": self.stack.issuer, "NOM": self.name, "URL": self.url}

    def register(self, *options: str) -> None:
        """As the guide says; then ProConnect's workers look, and see it."""
        subprocess.run(
            [sys.executable, FILES / "enregistrement.py", self.name, self.url, *options],
            cwd=self.directory,
            check=True,
        )
        self.stack.manage("registry", "apply", str(self.directory / "registre.json"))
        time.sleep(LOOK_EVERY.total_seconds())

    @contextmanager
    def serving(self, command: Sequence[str | Path]) -> Iterator[None]:
        service = Child(
            self.name,
            ["env", "--chdir", str(self.directory), *map(str, command)],
            self.directory / "service.log",
            self.environment,
            ready_at=f"{self.url}/",
        )
        service.start()
        try:
            wait_until_ready([service], patience=30)
            yield
        finally:
            stop([service])

    def whole_trip(self) -> None:
        """The same pages in each guide: signs in, reads, refreshes, is introspected, and signs out by both ways."""
        with Browser() as browser:
            told = self.sign_in(browser, *TWO_FACTORS)
            assert told["acr"] == "eidas1-mfa"
            assert told["email"] == TWO_FACTORS[0]
            assert told["siret"]
            assert told["signe"] is False

            assert self.read(browser, "/rafraichir") == {"tourne": True}
            assert self.me(browser)["email"] == TWO_FACTORS[0]

            introspected = self.read(browser, "/dossier")
            assert introspected["json"] == introspected["signe"]
            assert introspected["json"]["scope"] == f"{self.name}:lire"
            assert introspected["lisible"] is True

            self.end_elsewhere(browser)
            assert browser.open(f"{self.url}/moi").status == 401
        with Browser() as browser:
            self.sign_in(browser, *TWO_FACTORS)
            self.end_elsewhere(browser)
            self.wait_until_told(browser)

            self.register("--userinfo-signe")
            somebody = f"agent-{uuid4().hex[:8]}@{ONE_FACTOR_DOMAIN}"
            told = self.sign_in(browser, somebody, "Se connecter")
            assert told["acr"] == "eidas1-mfa"
            assert "mail" in told["amr"]
            assert told["signe"] is True
            assert told["email"] == somebody

            page = browser.submit(browser.open(f"{self.url}/moi"), button="Se déconnecter")
            assert page.url.startswith(f"{self.url}/deconnecte"), (page.trail, page.words[:2000])
            assert "Vous êtes déconnecté" in page.text
            assert browser.open(f"{self.url}/moi").status == 401
        self.be_refused()

    def be_refused(self) -> None:
        """Who takes the demand out of the address on the way, and who is not ProConnect."""
        with Browser() as browser:
            asked = browser.open(f"{self.url}/connexion", stop_before=self.stack.issuer)
            demandless = {name: value for name, value in asked.parameters.items() if name != "claims"}
            page = browser.open(f"{self.stack.issuer}/authorize?{urlencode(demandless)}")
            page = self.be(browser, page, f"agent-{uuid4().hex[:8]}@{ONE_FACTOR_DOMAIN}", "Se connecter")
            assert page.status in (400, 403), page.words[:2000]
            assert browser.open(f"{self.url}/moi").status == 401
        forged = jwt.encode({"alg": "ES256", "typ": "logout+jwt"}, {"sid": "x"}, ECKey.generate_key("P-256"))
        for logout_token in ("", "a.b.c", forged):
            answer = httpx.post(f"{self.url}/canal-arriere", data={"logout_token": logout_token})
            assert answer.status_code == 400

    def sign_in(self, browser: Browser, email: str, button: str) -> dict[str, Any]:
        page = browser.follow(browser.open(f"{self.url}/"), "Se connecter")
        page = self.be(browser, page, email, button)
        assert page.url == f"{self.url}/moi", page.words[:2000]
        return _shown(page)

    def be(
        self, browser: Browser, page: Page, email: str, button: str, *, stop_before: str | None = None
    ) -> Page:
        """From ProConnect's first page: the FI, then a code by e-mail where the FI gave one factor only."""
        mails = len(self.stack.mails(email))
        page = browser.submit(page, email=email)
        page = browser.submit(page, button=button, stop_before=stop_before)
        if page.url.startswith(self.stack.site):
            page = browser.submit(
                page, code=self.stack.wait_for_code(email, after=mails), stop_before=stop_before
            )
        return page

    def me(self, browser: Browser) -> dict[str, Any]:
        return _shown(browser.open(f"{self.url}/moi"))

    def read(self, browser: Browser, path: str) -> dict[str, Any]:
        page = browser.open(f"{self.url}{path}")
        assert page.status == 200, page.words[:2000]
        told: dict[str, Any] = json.loads(page.text)
        return told

    def end_elsewhere(self, browser: Browser) -> None:
        """By ProConnect's own page: the service hears it by the back channel alone."""
        page = browser.open(f"{self.stack.issuer}/session/end")
        assert "Vous êtes connecté." in browser.open(f"{self.url}/").text
        browser.submit(page)

    def wait_until_told(self, browser: Browser, *, patience: float = 15) -> None:
        """Its home page looks at the service's own session, and asks ProConnect nothing."""
        deadline = time.monotonic() + patience
        while "Vous êtes connecté." in browser.open(f"{self.url}/").text:
            assert time.monotonic() < deadline, self.stack.log("outbox")[-2000:]
            time.sleep(0.1)


def _shown(page: Page) -> dict[str, Any]:
    """What the page says, as JSON between its <pre>."""
    told: dict[str, Any] = json.loads(unescape(page.text.partition("<pre>")[2].partition("</pre>")[0]))
    return told


@contextmanager
def running_script(partner: Partner) -> Iterator[Iterator[str]]:
    """The curl guide's script, and its lines as it says them. It must end well, and in time."""
    with subprocess.Popen(
        ["timeout", "60", FILES / "curl" / "parcours.sh"],
        cwd=partner.directory,
        env={
            **os.environ,
            **partner.environment,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as script:
        assert script.stdout is not None and script.stderr is not None
        yield (line.rstrip("\n") for line in script.stdout)
        complaint = script.stderr.read()
    assert script.returncode == 0, complaint
