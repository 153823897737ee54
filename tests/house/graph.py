"""What the sources say of themselves: who imports whom, and how long they are. Nothing of ours is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

EXCUSE: Final = "Longer than others: "     # begins a line of a module's docstring
MODULE_LINES, CLASS_LINES, FUNCTION_LINES = 300, 200, 45
Sources = Mapping[str, str]     # by module name
Graph = dict[str, set[str]]     # who imports whom
_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


class Imports(NamedTuple):
    """Imports that happen when the program runs, and those only a type checker follows."""

    running: Graph
    typing: Graph


def read_sources(root: Path, *folders: str) -> dict[str, str]:
    """Every module below these folders; a package is its `__init__.py`, and ends in no name of it."""
    sources: dict[str, str] = {}
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                parts = path.relative_to(root).with_suffix("").parts
                name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                sources[name] = path.read_text(encoding="utf-8")
    return sources


def imports_of(sources: Sources, packages: set[str]) -> Imports:
    """The graphs of these modules; `packages` are those of them whose relative imports begin at themselves.

    An import within a function counts as any other. A package is not taken to be imported with each of its modules.
    """
    imports = Imports({name: set() for name in sources}, {name: set() for name in sources})
    for name, source in sources.items():
        tree = ast.parse(source)
        for_types = {
            id(node) for block in ast.walk(tree) if isinstance(block, ast.If) and _is_for_types(block.test)
            for statement in block.body for node in ast.walk(statement)
        }
        base = name if name in packages else name.rpartition(".")[0]
        for node in ast.walk(tree):
            graph = imports.typing if id(node) in for_types else imports.running
            graph[name] |= set(_targets(node, base, sources)) - {name}
    return imports


def circles(graph: Graph) -> list[list[str]]:
    """Groups of modules that import each other, by whatever way round."""
    reach = {name: _reachable(graph, name) for name in graph}
    groups = {tuple(sorted(b for b in reach[a] if a in reach[b])) for a in graph if a in reach[a]}
    return [list(group) for group in sorted(groups)]


def arrows_up(graph: Graph, layers: Sequence[str]) -> list[str]:
    """Imports from a lower layer into a higher one; the first pattern that matches a name is its layer."""
    def layer(name: str) -> int | None:
        return next((place for place, pattern in enumerate(layers) if re.fullmatch(pattern, name)), None)

    found: list[str] = []
    for name in sorted(graph):
        here = layer(name)
        for target in sorted(graph[name]):
            there = layer(target)
            if here is not None and there is not None and there < here:
                found.append(f"{name} → {target}")
    return found


def arrows_across(graph: Graph, room: str) -> list[str]:
    """Imports from one room into another; the pattern's group `room` names it."""
    def room_of(name: str) -> str:
        found = re.fullmatch(room, name)
        return found["room"] if found else ""

    return [
        f"{name} → {target}" for name in sorted(graph) for target in sorted(graph[name])
        if room_of(name) and room_of(target) and room_of(name) != room_of(target)
    ]


def too_long(sources: Sources) -> list[str]:
    """Modules, classes and functions over their measure, unless the module's docstring says why."""
    found: list[str] = []
    for name, source in sources.items():
        tree = ast.parse(source)
        if any(line.strip().startswith(EXCUSE) for line in (ast.get_docstring(tree) or "").splitlines()):
            continue
        if (lines := len(source.splitlines())) > MODULE_LINES:
            found.append(f"{name}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, _Definition):
                most = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
                if (lines := (node.end_lineno or 0) - node.lineno + 1) > most:
                    found.append(f"{name}.{node.name}: {lines} lines")
    return found


def _is_for_types(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _targets(node: ast.AST, base: str, sources: Sources) -> Iterator[str]:
    """The modules of ours that one statement or call imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in sources)
    elif isinstance(node, ast.ImportFrom):
        above = base.split(".")
        start = above[: len(above) - node.level + 1] if node.level else []
        source = ".".join([*start, *([node.module] if node.module else [])])
        for alias in node.names:
            inner = f"{source}.{alias.name}"
            yield from (name for name in [inner if inner in sources else source] if name in sources)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
        pattern = _pattern_of(node.args[0])
        yield from (name for name in sources if re.fullmatch(pattern, name))


def _pattern_of(name: ast.expr) -> str:
    """A module's name as it is put together: what is not known yet may be any one folder."""
    parts = name.values if isinstance(name, ast.JoinedStr) else [name]
    return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in parts)


def _reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += graph.get(name, ())
    return found
