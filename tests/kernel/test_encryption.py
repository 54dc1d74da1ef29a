import pytest

from proconnect.kernel.encryption import CannotUnseal, KeyRing

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
before_rotation = KeyRing({"k1": OLD})
after_rotation = KeyRing({"k2": NEW, "k1": OLD})


@pytest.mark.parametrize("clear", ["", "a secret", "é" * 2000, "\x00\n"])
def test_what_is_sealed_unseals(clear: str) -> None:
    sealed = before_rotation.seal(clear, context="provider:1")
    assert before_rotation.unseal(sealed, context="provider:1") == clear


def test_bytes_that_are_no_text_unseal_as_bytes() -> None:
    sealed = before_rotation.seal(b"\xff\x00\xfe", context="totp:1")
    assert before_rotation.unseal_bytes(sealed, context="totp:1") == b"\xff\x00\xfe"


def test_s125_a_sealed_text_names_its_key_and_shows_nothing_else() -> None:
    sealed = before_rotation.seal("a secret", context="totp:1")
    assert sealed.startswith("k1.")
    assert "secret" not in sealed
    assert sealed != before_rotation.seal("a secret", context="totp:1"), "a nonce was used twice"


def test_a_sealed_text_moved_to_another_row_does_not_unseal() -> None:
    sealed = before_rotation.seal("a secret", context="provider:1")
    with pytest.raises(CannotUnseal):
        before_rotation.unseal(sealed, context="provider:2")


@pytest.mark.parametrize(
    "altered",
    [
        pytest.param(lambda sealed: "", id="empty"),
        pytest.param(lambda sealed: "k1.", id="key alone"),
        pytest.param(lambda sealed: sealed[:-4] + "AAAA", id="another tag"),
        pytest.param(lambda sealed: sealed[:20], id="cut"),
        pytest.param(lambda sealed: "k9" + sealed[2:], id="unknown key"),
        pytest.param(lambda sealed: "k1.é", id="not base64"),
        pytest.param(lambda sealed: sealed[3:], id="no key"),
    ],
)
def test_an_altered_text_does_not_unseal(altered) -> None:
    sealed = before_rotation.seal("a secret", context="provider:1")
    with pytest.raises(CannotUnseal):
        before_rotation.unseal(altered(sealed), context="provider:1")


def test_s172_after_a_rotation_old_texts_open_and_new_ones_use_the_new_key() -> None:
    old = before_rotation.seal("a secret", context="provider:1")
    assert after_rotation.unseal(old, context="provider:1") == "a secret"
    assert after_rotation.seal("another", context="provider:1").startswith("k2.")


def test_s172_resealing_changes_old_texts_only() -> None:
    old = before_rotation.seal("a secret", context="provider:1")
    renewed = after_rotation.reseal_if_old(old, context="provider:1")
    assert renewed.startswith("k2.")
    assert after_rotation.unseal(renewed, context="provider:1") == "a secret"
    assert after_rotation.reseal_if_old(renewed, context="provider:1") == renewed


def test_a_key_id_that_begins_like_the_active_one_is_old() -> None:
    ring = KeyRing({"k1": NEW, "k10": OLD})
    assert ring.is_old(KeyRing({"k10": OLD}).seal("a secret", context="x"))
