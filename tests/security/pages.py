"""What every answer to a browser must be, said once for all tests."""

import re
from collections.abc import Iterator
from typing import Any

INLINE = re.compile(
    rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"|href=\"javascript:", re.IGNORECASE
)
TELLTALE = re.compile(
    rb"Traceback \(most recent|site-packages|psycopg|/identite/[a-z_]+\.py|Django/\d|SELECT \""
)


def is_a_page(response: Any) -> bool:
    return str(response.get("Content-Type", "")).startswith("text/html")


def what_is_wrong_with(response: Any, *, may_be_kept: bool = False) -> Iterator[str]:
    """Nothing, when all is well."""
    if response.status_code >= 500:
        yield f"status {response.status_code}"
    if response.status_code in (307, 308):
        yield "a redirect that posts again"  # S-024
    policy = response.get("Content-Security-Policy", "")
    if (
        "default-src 'none'" not in policy
        or "unsafe-inline" in policy
        or "frame-ancestors 'none'" not in policy
    ):
        yield f"policy {policy!r}"
    for name, expected in {
        "X-Frame-Options": ("DENY",),
        "X-Content-Type-Options": ("nosniff",),
        "Cross-Origin-Opener-Policy": ("same-origin",),
        "Referrer-Policy": ("no-referrer", "same-origin"),
    }.items():
        if response.get(name) not in expected:
            yield f"{name}: {response.get(name)!r}"
    if not may_be_kept and "no-store" not in response.get("Cache-Control", ""):
        yield f"Cache-Control: {response.get('Cache-Control')!r}"
    if is_a_page(response) and INLINE.search(response.content):
        yield "inline script or style"
    if TELLTALE.search(response.content):
        yield "tells what it is made of"
    yield from (
        f"cookie {cookie.OutputString()!r}" for cookie in response.cookies.values() if is_loose(cookie)
    )


def is_loose(cookie: Any) -> bool:
    """Read by a script, sent by another site, or shared with a neighbour (S-153)."""
    if cookie["max-age"] == 0:  # one that is taken back
        return False
    return not cookie["httponly"] or cookie["samesite"] != "Lax" or cookie["path"] != "/" or cookie["domain"]
