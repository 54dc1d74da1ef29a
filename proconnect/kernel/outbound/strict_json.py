"""JSON from strangers: an object, or an error; nothing that would fail later, when stored or written again."""

import json
from typing import Any


def json_object(text: str | bytes) -> dict[str, Any]:
    """Raises ValueError when this is no JSON object, is nested too deep, or holds NaN, Infinity or lone surrogates."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("not a JSON object") from None
    if isinstance(value, dict):
        return value
    raise ValueError("not a JSON object")
