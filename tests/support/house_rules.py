"""The house rules that a parser can check; `tests/test_house_rules.py` applies them to the whole source.

Each rule takes one parsed module and yields what breaks it, as `path:line what`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

MAX_FILE_LINES = 400
MAX_CLASS_LINES = 250
MAX_FUNCTION_LINES = 50
MAX_ARGUMENTS = 5

NAMELESS_NAMES = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "handler", "handlers"}

OUTERMOST_FRAMES = {
    "ui/crash.py": "the crash hook: what reaches it is our bug and becomes a crash report",
    "application/sync/loop.py": "the sync thread's first frame: a bug there must not end sync in silence",
}
"""The only two places that may catch everything, and why."""

SPEAKS_TO_A_TERMINAL = ("cli/", "server/__main__.py", "server/cli")

SANS_IO = ("application/",)
"""The rooms that are told the time and their random numbers, so that a simulation can replay them."""

ASKS_THE_WORLD = {
    "application/sync/loop.py": "runs the sync in a thread; what it runs is sans-IO",
}
"""The modules of those rooms that may, and why."""

CLOCKS_AND_DICE = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic",
    "time.sleep", "time.time_ns", "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4", "threading.Thread",
}  # fmt: skip
DICE_MODULES = {"random", "secrets", "time"}

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_EXCUSE = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)")
_NOQA_CODES = re.compile(r"^:\s*[A-Z]+[0-9]+(\s*,\s*[A-Z]+[0-9]+)*")
_IGNORE_CODES = re.compile(r"^\[[a-z0-9-]+(\s*,\s*[a-z0-9-]+)*\]")


@dataclass(frozen=True)
class Module:
    """One source file: its path under the package, with `/` between, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Parse the text once."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[_Function]:
        """List every function and method, nested ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, _Function)]

    def at(self, node: ast.AST, what: str) -> str:
        """Say where a rule is broken."""
        return f"{self.path}:{getattr(node, 'lineno', 1)} {what}"


def modules(source: Path) -> list[Module]:
    """Read every Python file under the package folder `source`."""
    paths = sorted(source.rglob("*.py"))
    return [Module(path.relative_to(source).as_posix(), path.read_text(encoding="utf-8")) for path in paths]


def lines_of(node: _Function | ast.ClassDef) -> int:
    """Count the lines from `def` or `class` to the last of its body."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def too_long(module: Module) -> Iterator[str]:
    """Find files, classes and functions over their limit."""
    length = len(module.text.splitlines())
    if length > MAX_FILE_LINES:
        yield f"{module.path}:1 has {length} lines"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and lines_of(node) > MAX_CLASS_LINES:
            yield module.at(node, f"class {node.name} has {lines_of(node)} lines")
    for function in module.functions:
        if lines_of(function) > MAX_FUNCTION_LINES:
            yield module.at(function, f"{function.name} has {lines_of(function)} lines")


def too_many_arguments(module: Module) -> Iterator[str]:
    """Find functions with more arguments than a reader keeps in mind; self and cls are not counted."""
    for function in module.functions:
        names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
        if names[:1] in (["self"], ["cls"]):
            names = names[1:]
        if len(names) > MAX_ARGUMENTS:
            yield module.at(function, f"{function.name} takes {len(names)} arguments")


def without_docstring(module: Module) -> Iterator[str]:
    """Find a module that does not say what it is."""
    if not ast.get_docstring(module.tree):
        yield f"{module.path}:1 has no docstring"


def nameless(module: Module) -> Iterator[str]:
    """Find modules and packages named after nothing."""
    for part in Path(module.path).with_suffix("").parts:
        if part in NAMELESS_NAMES:
            yield f"{module.path}:1 is named {part}: say what it holds"


def _catches_everything(node: ast.AST) -> bool:
    if isinstance(node, ast.ExceptHandler):
        last = node.body[-1]
        if isinstance(last, ast.Raise) and last.exc is None:
            return False  # undoes something and lets the error pass: nothing is swallowed
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        return any(kind is None or _dotted(kind) in ("Exception", "BaseException") for kind in kinds)
    if isinstance(node, ast.Call) and _dotted(node.func).endswith("suppress"):
        return any(_dotted(kind) in ("Exception", "BaseException") for kind in node.args)
    return False


def catches_everything(module: Module) -> Iterator[str]:
    """Find broad excepts outside the two outermost frames."""
    if module.path in OUTERMOST_FRAMES:
        return
    for node in ast.walk(module.tree):
        if _catches_everything(node):
            yield module.at(node, "catches everything")


def prints(module: Module) -> Iterator[str]:
    """Find `print` where nobody reads a terminal."""
    if module.path.startswith(SPEAKS_TO_A_TERMINAL):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _dotted(node.func) == "print":
            yield module.at(node, "prints")


def excuses_without_reason(module: Module) -> Iterator[str]:
    """Find `noqa` and `type: ignore` that do not name their code and their reason on the line."""
    for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
        excuse = _EXCUSE.search(token.string) if token.type == tokenize.COMMENT else None
        if excuse and not _is_explained(excuse):
            yield f"{module.path}:{token.start[0]} excuse without code and reason: {token.string}"


def _is_explained(excuse: re.Match[str]) -> bool:
    rest = excuse["rest"]
    codes = (_NOQA_CODES if excuse[1] == "noqa" else _IGNORE_CODES).match(rest)
    if codes is None:
        return False
    further = _EXCUSE.search(rest)
    if further:
        return _is_explained(further)
    return len(re.findall(r"[a-z]{2,}", rest[codes.end() :])) >= 2


def asks_the_world(module: Module) -> Iterator[str]:
    """Find clocks, dice and threads in the parts that must be replayable."""
    if not module.path.startswith(SANS_IO) or module.path in ASKS_THE_WORLD:
        return
    for node in ast.walk(module.tree):
        name = ".".join(_dotted(node).split(".")[-2:])
        if name in CLOCKS_AND_DICE:
            yield module.at(node, f"uses {name}")
        imported = _imported(node)
        if imported & DICE_MODULES:
            yield module.at(node, f"imports {', '.join(sorted(imported))}")


def _imported(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {node.module or ""} if isinstance(node, ast.ImportFrom) else set()


def _dotted(node: ast.AST | None) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
