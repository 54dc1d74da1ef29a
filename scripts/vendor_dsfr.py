#!/usr/bin/env python3
"""Copies into static/dsfr/ the part of the State design system that our pages use.

    scripts/vendor_dsfr.py <unpacked @gouvfr/dsfr package>

Files are copied or concatenated byte for byte; nothing of them is edited. The one exception is ``theme/system.css``,
derived from the official dark theme so that a browser without JavaScript follows the colours of its system.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "static" / "dsfr"

# In the order of the design system's own style sheet, which settles rules of equal weight.
SHELL = (
    "logo button form link alert notice radio checkbox input skiplink select footer password header".split()
)
MORE = "accordion badge connect breadcrumb stepper callout summary tag card tile table".split()
PICTOGRAMS = (
    "system/technical-error system/success system/padlock digital/mail-send buildings/city-hall".split()
)

DARK = "[data-fr-theme=dark]"
SYSTEM_DARK = ":root:not([data-fr-theme])"
COMMENTS = re.compile(r"/\*.*?\*/", re.DOTALL)
BRACES = re.compile(r"([^{}]*)([{}])")


def main(package: Path) -> None:
    dist = package / "dist"
    shutil.rmtree(TARGET / "dist", ignore_errors=True)
    out = TARGET / "dist"
    copy(dist / "core" / "core.main.min.css", out / "core" / "core.main.min.css")
    copy(dist / "scheme" / "scheme.min.css", out / "scheme" / "scheme.min.css")
    bundle(dist, out, "shell", SHELL)
    bundle(dist, out, "more", MORE)
    for sheet in sorted(out.rglob("*.css")):
        copy_what_it_points_at(sheet, out, dist)
    for name in ("favicon.svg", "favicon.ico", "apple-touch-icon.png"):
        copy(dist / "favicon" / name, out / "favicon" / name)
    for name in PICTOGRAMS:
        copy(dist / "artwork" / "pictograms" / f"{name}.svg", out / "artwork" / "pictograms" / f"{name}.svg")
    write(TARGET / "theme" / "system.css", follow_the_system([*out.rglob("*.css")]))
    copy(package / "LICENSE.md", TARGET / "LICENSE.md")
    write(TARGET / "VERSION", json.loads((package / "package.json").read_text())["version"] + "\n")


def bundle(dist: Path, out: Path, name: str, components: list[str]) -> None:
    sheets = [(dist / "component" / part / f"{part}.main.min.css").read_text() for part in components]
    write(out / "component" / name / f"{name}.css", "\n".join(sheets))


def copy_what_it_points_at(sheet: Path, out: Path, dist: Path) -> None:
    for target in set(re.findall(r"url\((\.\./[^)]+)\)", sheet.read_text())):
        wanted = (sheet.parent / target).resolve().relative_to(out.resolve())
        copy(dist / wanted, out / wanted)


def follow_the_system(sheets: list[Path]) -> str:
    """The rules of the dark theme, for a page that has chosen no theme, when the system is dark."""
    rules = [rule for sheet in sorted(sheets) for rule in dark_rules(sheet.read_text())]
    return "@media (prefers-color-scheme:dark){\n:root{color-scheme:dark}\n" + "\n".join(rules) + "\n}\n"


def dark_rules(css: str) -> Iterator[str]:
    """Each rule of the dark theme with the media queries around it."""
    blocks: list[str] = []
    for text, brace in BRACES.findall(COMMENTS.sub("", css)):
        if brace == "{":
            blocks.append(text.strip())
            continue
        selectors = blocks.pop()
        if themed := [one for one in selectors.split(",") if DARK in one]:
            rule = ",".join(in_the_dark(one) for one in themed) + "{" + text.strip() + "}"
            yield "{".join([*blocks, rule]) + "}" * len(blocks)


def in_the_dark(selector: str) -> str:
    return selector.replace(f":root{DARK}", DARK).replace(DARK, SYSTEM_DARK)


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
