"""JSON of strangers: an object that can be written again, or an error."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proconnect.kernel.outbound import json_object


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="list"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"{", id="truncated"),
        pytest.param(b"<html>", id="HTML"),
        pytest.param(b'{"a": NaN}', id="NaN"),
        pytest.param(b'{"a": -Infinity}', id="Infinity"),
        pytest.param(b'{"a": 1e400}', id="a number that overflows"),
        pytest.param(b'{"a": "\\ud800"}', id="lone surrogate"),
        pytest.param(b'{"\\udfff": 1}', id="lone surrogate in a name"),
        pytest.param(b'{"a": "\xff"}', id="not UTF-8"),
        pytest.param(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="nested lists"),
        pytest.param(b'{"a":' * 50_000 + b"1" + b"}" * 50_000, id="nested objects"),
        pytest.param(b'{"a": ' + b"9" * 100_000 + b"}", id="endless number"),
    ],
)
def test_s093_what_is_no_plain_object_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="not a JSON object"):
        json_object(text)


@given(st.binary() | st.text())
def test_any_text_is_an_object_or_a_value_error(text: bytes | str) -> None:
    with suppress(ValueError):
        assert isinstance(json_object(text), dict)
