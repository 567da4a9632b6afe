"""The house's plan, executable: floors, edges, commits, sizes. Changed together with the plan, never around it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.product import ROOT

CODE = ROOT / "helpdesk"
TABLE = """
clock errors environment config extensions errands wording addresses folding locking +
articles marking markup masking failures resources trust paper charts spreadsheets sheets sheet_child +
words_child opening
audit files
settings
notices calendar
customers
accounts
console contracts
announcements
tickets manuals terms
triage alerts
actions intake
mailgate search
reports desk
privacy
obligations
ops demo
web
__init__ __main__ commands periodic local supervising serving starting receiving gunicorn_settings
"""
FLOORS = {
    name: floor for floor, names in enumerate(TABLE.replace("+\n", "").split("\n")[1:-1]) for name in names.split()
}
WEB = FLOORS["web"]
EDGES = {"jobs", "commands", "gateway", "imap"}
"""Edges within a room, by file name: they commit, and only what starts them imports them."""
FUNCTION_MAX, FILE_MAX, LINE_MAX = 40, 300, 160

FILES = sorted(path for path in CODE.rglob("*.py") if path.stat().st_size)
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CODE)))


def room_of(path: Path) -> str:
    return path.relative_to(CODE).parts[0].removesuffix(".py")


@cache
def read(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(path: Path) -> Iterator[list[str]]:
    """What a file imports of the house, as the parts of dotted names below `helpdesk`."""
    for node in ast.walk(read(path)):
        assert not (isinstance(node, ast.ImportFrom) and node.level), "the house is imported by its whole names"
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "helpdesk":
            yield from ([*(node.module or "").split(".")[1:], alias.name] for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name.split(".")[1:] for alias in node.names if alias.name.startswith("helpdesk."))


def is_edge(path: Path) -> bool:
    return FLOORS[room_of(path)] >= FLOORS["ops"] or path.stem in EDGES or path == CODE / "errands.py"


@every_file
def test_rooms_lean_on_lower_floors_only(path: Path) -> None:
    """No two rooms of a floor know each other, but on the ground and at the top: so there is no circle."""
    own = room_of(path)
    same = FLOORS[own] if FLOORS[own] in (0, WEB + 1) else -1
    for name in imported(path):
        floor = FLOORS.get(name[0], WEB + 1)
        assert name[0] == own or floor < FLOORS[own] or floor == same, f"{'.'.join(name)} is not below {own}"


@every_file
def test_what_starts_an_edge_imports_it_and_nothing_else_does(path: Path) -> None:
    pages = {folder.name for folder in (CODE / "web").iterdir() if folder.is_dir()} | {"blueprints", "health"}
    for name in imported(path):
        if name[0] == "web" and len(name) > 1 and name[1] in pages:
            starts = path in (CODE / "web" / "blueprints.py", CODE / "__init__.py")
            assert starts, f"{'.'.join(name)} is a page"
        elif len(name) > 1 and name[1] in EDGES:
            assert FLOORS[room_of(path)] > WEB or path.stem in EDGES, f"{'.'.join(name)} is an edge"


WEB_LIBRARIES = {"flask", "flask_login", "flask_wtf", "wtforms", "werkzeug", "jinja2"}
NO_REQUEST = {"current_app", "Flask", "AppGroup", "with_appcontext", "UserMixin", "LoginManager", "CSRFProtect"}
NO_REQUEST |= {"check_password_hash", "generate_password_hash"}


@every_file
def test_no_room_knows_a_request(path: Path) -> None:
    """Nor a page's template: the texts of mails and answers are rendered in `notices`."""
    if FLOORS[room_of(path)] >= FLOORS["ops"]:
        return
    known = NO_REQUEST | ({"render_template"} if room_of(path) == "notices" else set())
    for node in ast.walk(read(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in WEB_LIBRARIES:
            assert {alias.name for alias in node.names} <= known, f"line {node.lineno}"
        if isinstance(node, ast.Import):
            assert not {alias.name.split(".")[0] for alias in node.names} & WEB_LIBRARIES, f"line {node.lineno}"


@every_file
def test_only_edges_commit(path: Path) -> None:
    calls = [
        node.lineno
        for node in ast.walk(read(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert is_edge(path) or not calls


@every_file
def test_sizes_and_imports(path: Path) -> None:
    assert path.read_text().count("\n") <= FILE_MAX, f"over {FILE_MAX} lines: split it by concept"
    for node in ast.walk(read(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            assert size <= FUNCTION_MAX, f"{node.name} has {size} lines"
            inside = [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)]
            assert not inside, f"{node.name} imports inside a function"


@every_file
def test_broad_except_only_where_it_is_recorded(path: Path) -> None:
    if path.stem in EDGES:
        return
    for node in ast.walk(read(path)):
        if isinstance(node, ast.ExceptHandler):
            name = getattr(node.type, "id", "")
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            assert (node.type is not None and name not in ("Exception", "BaseException")) or raises


@every_file
def test_refusals_are_translated(path: Path) -> None:
    """What people read in pages goes through gettext; the command line speaks English."""
    if path.name == "commands.py":
        return
    for node in ast.walk(read(path)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
            given = node.args[0]
            assert isinstance(given, ast.Call) and getattr(given.func, "id", "") == "_", f"line {node.lineno}"


def test_one_class_name_is_used_once() -> None:
    seen: dict[str, str] = {}
    for path in FILES:
        for node in read(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert node.name not in seen, f"{node.name} in {path} and {seen[node.name]}"
                seen[node.name] = str(path)


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "static" / "css").glob("*.css")]),
    ids=lambda p: p.name,
)
def test_templates_and_styles_are_written_to_be_read(path: Path) -> None:
    """One element, one declaration a line; templates name pages by their endpoints."""
    words = path.read_text()
    longest = max(len(line) for line in words.splitlines())
    assert longest <= (LINE_MAX if path.suffix == ".html" else 120), f"a line of {longest} columns"
    if path.suffix == ".css":
        assert all(line.count(";") <= 1 for line in words.splitlines() if "url(" not in line)
    else:
        assert not re.search(r'(href|action|src)="/', words), "a path is spelled: url_for() knows it"
