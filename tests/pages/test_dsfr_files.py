"""The vendored design system: official, complete, and light enough."""

import gzip
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
DSFR = ROOT / "static" / "dsfr"


@pytest.fixture(scope="module")
def vendor() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "scripts" / "vendor_dsfr.py"))


@pytest.mark.parametrize("sheet", sorted(ROOT.glob("static/**/*.css")), ids=lambda sheet: sheet.name)
def test_every_file_a_sheet_points_at_is_here(sheet: Path) -> None:
    targets = re.findall(r"url\(\"?((?!data:)[^)\"]+)\"?\)", sheet.read_text())
    assert not [target for target in targets if not (sheet.parent / target).exists()]


def test_the_version_is_the_one_written_in_each_official_sheet() -> None:
    version = (DSFR / "VERSION").read_text().strip()
    for sheet in DSFR.glob("dist/**/*.css"):
        assert set(re.findall(r"DSFR v([\d.]+)", sheet.read_text())) == {version}
    assert (DSFR / "LICENSE.md").exists()


def test_the_dark_theme_is_the_official_one(vendor: dict[str, Any]) -> None:
    derived = vendor["follow_the_system"]([*(DSFR / "dist").rglob("*.css")])
    assert (DSFR / "theme" / "system.css").read_text() == derived


def test_each_dark_rule_keeps_the_media_query_around_it(vendor: dict[str, Any]) -> None:
    css = "@media print{a{b:c}}@media (min-width:1px){[data-fr-theme=dark] .x,.y{d:e}}:root[data-fr-theme=dark]{f:g}"
    assert list(vendor["dark_rules"](css)) == [
        "@media (min-width:1px){:root:not([data-fr-theme]) .x{d:e}}",
        ":root:not([data-fr-theme]){f:g}",
    ]


@pytest.mark.urls("tests.pages.gallery")
def test_u07_the_first_view_weighs_less_than_250_kb() -> None:
    """Compressed as WhiteNoise serves it, with the three fonts a page shows; the page itself is not compressed."""
    page = Client().get("/seul/").content
    files = [
        ROOT / path.lstrip("/") for path in re.findall(r'(?:href|src)="(/static/[^"#]+)"', page.decode())
    ]
    fonts = [DSFR / "dist" / "fonts" / f"Marianne-{weight}.woff2" for weight in ("Regular", "Medium", "Bold")]
    weight = len(page) + sum(len(gzip.compress(file.read_bytes())) for file in {*files, *fonts})
    assert weight <= 250_000
    assert len(files) + len(fonts) + 1 <= 15
