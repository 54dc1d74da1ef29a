"""Which domain was meant by one that nobody receives mail at. A table of slips, and of what is none."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.typing_slips import FREQUENT_DOMAINS, MOST_EDITS, edits_between, meant
from proconnect.kernel.email_address import EmailAddress

OURS = ("exemples.gouv.fr", "essais.gouv.fr", "ac-example.fr", "mairie.fr")


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        pytest.param("gmial.com", "gmail.com", id="two letters swapped"),
        pytest.param("gmal.com", "gmail.com", id="a letter dropped"),
        pytest.param("gmaill.com", "gmail.com", id="a letter doubled"),
        pytest.param("gmail.con", "gmail.com", id="a wrong ending"),
        pytest.param("gmail.cm", "gmail.com", id="a short ending"),
        pytest.param("gmial.cmo", "gmail.com", id="two slips"),
        pytest.param("hotmial.fr", "hotmail.fr", id="the nearest of two endings"),
        pytest.param("wandoo.fr", "wanadoo.fr", id="wanadoo"),
        pytest.param("la-poste.net", "laposte.net", id="a hyphen too many"),
        pytest.param("ornage.fr", "orange.fr", id="orange"),
        pytest.param("interieur.gouv.rf", "interieur.gouv.fr", id="gouv.rf"),
        pytest.param("interieur.gouvfr", "interieur.gouv.fr", id="a dot dropped"),
        pytest.param("interieurgouv.fr", "interieur.gouv.fr", id="another dot dropped"),
        pytest.param("interieru.gouv.fr", "interieur.gouv.fr", id="letters swapped in a long name"),
        pytest.param("exmples.gouv.fr", "exemples.gouv.fr", id="the domain of a FI"),
        pytest.param("essias.gouv.fr", "essais.gouv.fr", id="the domain of another FI"),
        pytest.param("miarie.fr", "mairie.fr", id="a FI's own short domain"),
        pytest.param("sfr.rf", "sfr.fr", id="one slip in a short name"),
        pytest.param("sfx.rf", None, id="two slips make another short name"),
        pytest.param("exemples.gouv.fr", None, id="right as it is"),
        pytest.param("gmail.com", None, id="right as it is, frequent"),
        pytest.param("logiciels-ponant.example", None, id="like nothing known"),
        pytest.param("sous.exemples.gouv.fr", None, id="a sub-domain is no slip"),
        pytest.param("exemples.gouv.fr.evil.com", None, id="s080 a longer name is no slip"),
        pytest.param("xn--gmil-1na.com", None, id="s081 a look-alike in another alphabet is no slip"),
    ],
)
def test_the_domain_that_was_meant(typed: str, suggested: str | None) -> None:
    assert meant(typed, OURS) == suggested


def test_a_domain_of_a_fi_is_preferred_to_a_frequent_one_as_near() -> None:
    assert meant("gmaul.com", ["gmawl.com"]) == "gmawl.com"


def test_every_frequent_domain_is_one() -> None:
    assert {EmailAddress.parse(f"a@{domain}").domain for domain in FREQUENT_DOMAINS} == FREQUENT_DOMAINS


@given(st.text("abc.", max_size=7), st.text("abc.", max_size=7))
def test_edits_are_counted_alike_both_ways(one: str, other: str) -> None:
    edits = edits_between(one, other)
    assert edits == edits_between(other, one)
    assert edits is None or edits <= MOST_EDITS
    assert (edits == 0) is (one == other)


def test_five_thousand_domains_are_compared_in_no_time() -> None:
    many = [f"ministere-{number:04}.gouv.fr" for number in range(5000)]
    start = perf_counter()
    assert meant("mnistere-4321.gouv.fr", many) == "ministere-4321.gouv.fr"
    assert perf_counter() - start < 2, "seconds, on a busy machine"
