"""The house's plan, executable: floors, edges, commits, sizes. Changed together with the plan, never around it."""

import ast
from pathlib import Path

import pytest

from tests.product import ROOT

CODE = ROOT / "helpdesk"
FLOORS = {
    name: floor
    for floor, names in enumerate(
        [
            "clock errors config extensions errands wording marking addresses folding",
            "audit files notices",
            "calendar customers",
            "accounts console",
            "contracts",
            "tickets",
            "triage alerts",
            "actions",
            "mailgate reports privacy search",
        ]
    )
    for name in names.split()
}
EDGES = {"jobs", "gateway", "settler", "imap", "commands", "periodic"}
EDGES |= {"local", "supervising", "serving", "starting", "__main__"}
"""Edges by file name. They may use any room; only the entry points import them."""
ROOF_ROOMS = {"web", "ops", "demo"}
ENTRANCES = {"__init__.py", "commands.py", "periodic.py", "serving.py", "starting.py", "__main__.py"}
MAY_COMMIT = EDGES | {"errands"}
FUNCTION_MAX, FILE_MAX = 40, 300
LONG_FILES = {"helpdesk/commands.py": 405, "helpdesk/web/admin/customers.py": 375}
"""Files over the limit on purpose: lists of short, independent things. A new one needs a reason here."""


def files() -> list[Path]:
    return sorted(p for p in CODE.rglob("*.py") if p.stat().st_size)


def is_roof(path: Path) -> bool:
    room = path.relative_to(CODE).parts[0]
    return path.stem in EDGES or room in ROOF_ROOMS or path == CODE / "__init__.py"


def imported(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("helpdesk"):
            module = node.module or ""
            names += [f"{module}.{alias.name}" if module.count(".") < 2 else module for alias in node.names]
    return names


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(CODE)))
def test_rooms_lean_on_lower_floors_only(path: Path) -> None:
    own = path.relative_to(CODE).parts[0].removesuffix(".py")
    wrong = []
    for name in imported(ast.parse(path.read_text())):
        parts = name.split(".")[1:]
        room, file = parts[0], parts[1] if len(parts) > 1 else parts[0]
        if is_roof(path):
            edge = (file in EDGES or room in EDGES) and room not in ROOF_ROOMS
            if edge and path.name not in ENTRANCES and room not in ("local", "supervising"):
                wrong.append(f"{name} is an edge; only the entry points import edges")
            continue
        if room in ROOF_ROOMS or file in EDGES or room in EDGES:
            wrong.append(f"{name} is under the roof")
        elif room != own and FLOORS[room] >= max(FLOORS[own], 1):
            wrong.append(f"{name} is not below {own}")
    assert not wrong


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(CODE)))
def test_only_edges_commit(path: Path) -> None:
    if path.stem in MAY_COMMIT or path.relative_to(CODE).parts[0] in ROOF_ROOMS:
        return
    calls = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not calls


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(CODE)))
def test_sizes_and_imports(path: Path) -> None:
    text = path.read_text()
    limit = LONG_FILES.get(str(path.relative_to(ROOT)), FILE_MAX)
    assert text.count("\n") <= limit, f"over {limit} lines: split it by concept"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            assert size <= FUNCTION_MAX, f"{node.name} has {size} lines"
            inside = [inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)]
            assert not inside, f"{node.name} imports inside a function"


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(CODE)))
def test_broad_except_only_where_it_is_recorded(path: Path) -> None:
    if path.stem in ("jobs", "gateway", "settler", "imap"):
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ExceptHandler):
            name = getattr(node.type, "id", "")
            raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            assert (node.type is not None and name not in ("Exception", "BaseException")) or raises


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(CODE)))
def test_refusals_are_translated(path: Path) -> None:
    """What people read in pages goes through gettext; the command line speaks English."""
    if path.name == "commands.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
            given = node.args[0]
            assert isinstance(given, ast.Call) and getattr(given.func, "id", "") == "_", f"line {node.lineno}"
