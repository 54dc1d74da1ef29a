"""What is an e-mail address, and when two of them have the same domain."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proconnect.kernel.email_address import EmailAddress


@pytest.mark.parametrize(
    ("typed", "local", "domain"),
    [
        ("jean@gouv.fr", "jean", "gouv.fr"),
        ("Jean@GOUV.FR ", "jean", "gouv.fr"),
        ("\tJean.Dupont@Gouv.Fr\n", "jean.dupont", "gouv.fr"),
        ("j.d+recette@sous.domaine.gouv.fr", "j.d+recette", "sous.domaine.gouv.fr"),
        ("o'neil@exemple.fr", "o'neil", "exemple.fr"),
        ("jean@exemple-ministere.fr", "jean", "exemple-ministere.fr"),
        ("jean@écoles.fr", "jean", "xn--coles-9ra.fr"),
        ("jean@ÉCOLES.fr", "jean", "xn--coles-9ra.fr"),
        ("jean@xn--coles-9ra.fr", "jean", "xn--coles-9ra.fr"),
    ],
)
def test_s083_case_and_spaces_around_do_not_count(typed: str, local: str, domain: str) -> None:
    assert EmailAddress.parse(typed) == EmailAddress(local, domain)
    assert str(EmailAddress.parse(typed)) == f"{local}@{domain}"


@pytest.mark.parametrize(
    "look_alike",
    [
        "jean@gouv.fr.evil.com",
        "jean@evilgouv.fr",
        "jean@sous.gouv.fr",
        "jean@gouv.frr",
        "jean@gouv-fr.fr",
    ],
)
def test_s080_a_domain_that_contains_another_is_another_one(look_alike: str) -> None:
    assert EmailAddress.parse(look_alike).domain != "gouv.fr"


@pytest.mark.parametrize(
    "look_alike",
    [
        pytest.param("jean@gоuv.fr", id="Cyrillic o"),
        pytest.param("jean@ｇｏｕｖ.fr", id="full width"),
        pytest.param("jean@gouv.fｒ", id="one full-width letter"),
        pytest.param("jean@gouv。fr", id="ideographic full stop"),
        pytest.param("jean@gouv．fr", id="full-width full stop"),
        pytest.param("jean@ℊouv.fr", id="script letter"),
        pytest.param("jean@gou\u00adv.fr", id="soft hyphen"),
        pytest.param("jean@gou\u200bv.fr", id="zero-width space"),
        pytest.param("jean@𝐠𝐨𝐮𝐯.fr", id="mathematical bold"),
        pytest.param("jean@ġouv.fr", id="dotted g"),
        pytest.param("jean@xn--guv-qed.fr", id="A-label of a Cyrillic o"),
    ],
)
def test_s081_a_look_alike_is_another_domain_or_no_address(look_alike: str) -> None:
    with suppress(ValueError):
        assert EmailAddress.parse(look_alike).domain != "gouv.fr"


@pytest.mark.parametrize(
    "tricky",
    [
        pytest.param("jean@gouv.fr@evil.com", id="two @"),
        pytest.param("jean@evil.com@gouv.fr", id="two @, the other way"),
        pytest.param('"jean@evil.com"@gouv.fr', id="quoted @"),
        pytest.param('"jean"@gouv.fr', id="quoted local part"),
        pytest.param('jean"@gouv.fr', id="lone quote"),
        pytest.param("jean(x)@gouv.fr", id="comment before"),
        pytest.param("jean@gouv.fr(x)", id="comment after"),
        pytest.param("(x)jean@gouv.fr", id="comment first"),
        pytest.param("=?utf-8?q?jean=40evil.com?=@gouv.fr", id="encoded word"),
        pytest.param("=?utf-8?b?amVhbg==?=@gouv.fr", id="encoded word in base64"),
        pytest.param("=?x?q?jean=40evil.com=3e=00?=@gouv.fr", id="encoded word of an unknown charset"),
        pytest.param("jean@xn--a,b-.fr", id="comma in a label"),
        pytest.param("jean@xn--<-0.fr", id="angle bracket in a label"),
        pytest.param("jean@xn--0.fr", id="A-label that decodes to nothing"),
        pytest.param("jean@xn--.fr", id="empty A-label"),
        pytest.param("jean\x00@gouv.fr", id="NUL"),
        pytest.param("jean@gouv.fr\x00.evil.com", id="NUL in the domain"),
        pytest.param("jean\r\nBcc: x@gouv.fr", id="CR LF"),
        pytest.param("jean@gouv.fr\r\nBcc:x", id="CR LF after"),
        pytest.param("jean%40evil.com@gouv.fr", id="percent-encoded @"),
        pytest.param("jean%evil.com@gouv.fr", id="percent relay"),
        pytest.param("<jean@gouv.fr>", id="angle brackets"),
        pytest.param("Jean <jean@gouv.fr>", id="display name"),
        pytest.param("jean@gouv.fr,paul@evil.com", id="two addresses"),
        pytest.param("jean@gouv.fr;paul@evil.com", id="two addresses, semicolon"),
        pytest.param("jean@[127.0.0.1]", id="address literal"),
        pytest.param("jean@127.0.0.1", id="bare IP address"),
        pytest.param("@evil.com:jean@gouv.fr", id="source route"),
        pytest.param("jean\\@evil.com@gouv.fr", id="escaped @"),
        pytest.param("jean dupont@gouv.fr", id="space inside"),
        pytest.param("jean@gouv .fr", id="space in the domain"),
        pytest.param("jean@gouv.fr.", id="trailing dot"),
        pytest.param("jean@.gouv.fr", id="leading dot"),
        pytest.param("jean@gouv..fr", id="two dots in the domain"),
        pytest.param("jean..d@gouv.fr", id="two dots in the local part"),
        pytest.param(".jean@gouv.fr", id="leading dot in the local part"),
        pytest.param("jean@-gouv.fr", id="label that starts with a hyphen"),
        pytest.param("jean@gouv_fr.fr", id="underscore"),
        pytest.param("jean@localhost", id="no dot"),
        pytest.param("jéan@gouv.fr", id="accent in the local part"),
        pytest.param("jean@\u202egouv.fr", id="direction override"),
        pytest.param("jean", id="no @"),
        pytest.param("@gouv.fr", id="no local part"),
        pytest.param("jean@", id="no domain"),
        pytest.param("", id="empty"),
        pytest.param("   ", id="spaces"),
        pytest.param(f"{'j' * 65}@gouv.fr", id="local part too long"),
        pytest.param(f"jean@{'g' * 64}.fr", id="label too long"),
        pytest.param(f"jean@{'g.' * 130}fr", id="too long"),
        pytest.param("j" * 100_000 + "@gouv.fr", id="huge"),
    ],
)
def test_s082_tricks_of_syntax_are_no_address(tricky: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        EmailAddress.parse(tricky)


@given(st.text() | st.from_regex(r"\A[ -~]{0,20}@[ -~]{0,20}\Z"))
def test_any_text_is_an_address_that_stays_the_same_or_none(text: str) -> None:
    try:
        address = EmailAddress.parse(text)
    except ValueError:
        return
    assert EmailAddress.parse(str(address)) == address
    assert str(address).isascii()
    assert str(address) == str(address).lower()
    assert str(address).count("@") == 1


def test_the_refusal_repeats_nothing_of_what_was_typed() -> None:
    with pytest.raises(ValueError, match=r"^not an e-mail address$") as refused:
        EmailAddress.parse("secret@@gouv.fr")
    assert refused.value.__cause__ is None
