"""The rules of the house that no linter knows, each as a function that lists what breaks it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PRODUCT = ("linkpoint", "sync", "snapfields", "sandbox", "bin/_local")
LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 60
VAGUE_NAMES = frozenset({"utils", "util", "helpers", "helper", "common", "services", "misc", "lib"})

_NOT_OURS = frozenset({"build", "staticfiles", "node_modules", "__pycache__"})
_HIDDEN_BUT_OURS = frozenset({".ci", ".env.example"})
_TEXT = frozenset(
    {".py", ".md", ".txt", ".in", ".toml", ".html", ".js", ".css", ".json", ".yml", ".example", ""}
)
# Put together here, or this file would break the rule it keeps.
_PLACES_OF_ONE_MACHINE = (
    "/" + "work/main",
    "/" + "work/shared",
    "/" + "work/scratch",
    "/" + "root/",
    "/" + "home/",
    "bash" + "_jobs",
)
_PACKAGE_INDEXES = (
    "py" + "pi.org",
    "files.python" + "hosted",
    "registry.np" + "mjs",
    "--index" + "-url",
)
_TODO = re.compile(r"\bTO[D]O\b(?! \(#\d+\): \S)|\bFIX[M]E\b")


def product_files(root: Path) -> Iterator[Path]:
    """Yield every Python file of the product but the migrations, which Django writes."""
    for package in PRODUCT:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def text_files(root: Path) -> Iterator[Path]:
    """Yield every text file a person may read."""
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        if _is_ours(inside) and path.suffix in _TEXT and path.is_file():
            yield path


def _is_ours(path: Path) -> bool:
    return all(
        part in _HIDDEN_BUT_OURS or not (part.startswith(".") or part in _NOT_OURS)
        for part in path.parts
    )


def long_files(root: Path) -> list[str]:
    """Return the product files that have too many lines, with their number."""
    lengths = {path: len(path.read_text().splitlines()) for path in product_files(root)}
    return [
        f"{path.relative_to(root)}: {length} lines"
        for path, length in lengths.items()
        if length > LONGEST_FILE_LINES
    ]


def long_functions(root: Path) -> list[str]:
    """Return the functions of the product that have too many lines."""
    found = []
    for path in product_files(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LONGEST_FUNCTION_LINES:
                    found.append(f"{path.relative_to(root)}:{node.name}: {length} lines")
    return found


def vague_names(root: Path) -> list[str]:
    """Return modules and folders whose name says nothing of what is in them."""
    packages = [*PRODUCT, "tests", "bench"]
    paths = (path for package in packages for path in sorted((root / package).rglob("*")))
    return [str(path.relative_to(root)) for path in paths if path.stem in VAGUE_NAMES]


def foreign_words(root: Path) -> list[str]:
    """Return lines that name a place of one machine or a package index, or a task nobody can find again."""
    found = []
    for path in text_files(root):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            if any(word in line for word in (*_PLACES_OF_ONE_MACHINE, *_PACKAGE_INDEXES)):
                found.append(f"{path.relative_to(root)}:{number}: a place outside the project")
            if path.suffix == ".py" and _TODO.search(line):
                found.append(
                    f"{path.relative_to(root)}:{number}: a task without its issue and reason"
                )
    return found


def environment_settings(root: Path) -> set[str]:
    """Return the names of all variables that settings.py reads from the environment."""
    tree = ast.parse((root / "linkpoint" / "settings.py").read_text())
    return {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
    }


def management_commands(root: Path) -> set[str]:
    """Return the names of all commands of ``manage.py`` that are ours."""
    return {
        path.stem
        for package in PRODUCT
        for path in (root / package).rglob("management/commands/*.py")
        if not path.stem.startswith("_")
    }


def public_functions(file: Path) -> set[str]:
    """Return the names of the functions that a module offers."""
    return {
        node.name
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def public_classes(file: Path) -> set[str]:
    """Return the names of the classes that a module offers."""
    return {
        node.name
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
