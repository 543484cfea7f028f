"""Deliberate breaks: each rule of the house is broken once in a copy of the tree, and has to be noticed there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import house_rules

ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent
_COPIED = ("linkpoint", "sync", "snapfields", "sandbox", "tests", "bench", "bin")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the code; a test that changes it puts it back."""
    folder = tmp_path_factory.mktemp("house")
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def add(copy: Path) -> Iterator[Callable[[str, str], None]]:
    """Return a function that appends text to a file of the copy, or makes the file, until the test is over."""
    before: dict[Path, str | None] = {}

    def append(name: str, text: str) -> None:
        path = copy / name
        before.setdefault(path, path.read_text() if path.exists() else None)
        path.write_text((before[path] or "") + text)

    yield append
    for path, text in before.items():
        if text is None:
            path.unlink()
        else:
            path.write_text(text)


def _contracts_broken(copy: Path) -> set[str]:
    command = [str(_BIN / "lint-imports"), "--no-cache"]
    wide = {**os.environ, "COLUMNS": "300"}  # or long names would be broken into two lines
    said = subprocess.run(
        command, cwd=copy, env=wide, capture_output=True, text=True, check=False
    ).stdout
    lines = said.splitlines()
    assert any(line.startswith("Contracts: ") for line in lines), said
    return {line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")}


def test_contracts_are_kept_without_a_break(copy: Path) -> None:
    assert _contracts_broken(copy) == set()


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("linkpoint/accounts/models/__init__.py", "import sync.models", "Apps point one way"),
        ("snapfields/apps.py", "import sync.models", "Apps point one way"),
        ("linkpoint/http.py", "import linkpoint.outlook.client", "Inside linkpoint"),
        ("linkpoint/homeless.py", "", "Inside linkpoint"),
        ("sync/engine/steps.py", "import sync.store", "Inside sync"),
        ("sync/helpful.py", "", "Inside sync"),
        ("linkpoint/outlook/translate.py", "import linkpoint.outlook.client", "Inside a client"),
        ("linkpoint/outlook/homeless.py", "", "Inside a client"),
        ("sync/core/zones.py", "import sync.core.plan", "Inside the core"),
        ("sync/core/homeless.py", "", "Inside the core"),
        ("sync/core/plan.py", "import django.conf", "The cores know no framework"),
        ("snapfields/core.py", "import requests", "The cores know no framework"),
        ("sync/core/plan.py", "import linkpoint.errors", "The cores know no framework"),
        ("sync/engine/steps.py", "import django.db", "The engine takes what it needs"),
        ("sync/engine/steps.py", "import structlog", "The engine takes what it needs"),
        ("sync/sides/outlook.py", "import django.conf", "Sides and clients know no Django"),
        ("linkpoint/http.py", "import django.conf", "Sides and clients know no Django"),
        ("sync/sides/outlook.py", "import sync.sides.salesforce", "The two sides and the store"),
        ("sync/store.py", "import sync.sides.outlook", "The two sides and the store"),
        ("sync/wiring.py", "import sandbox.world", "Product never imports sandbox"),
        ("linkpoint/http.py", "import tests.shared", "Product never imports sandbox"),
        ("sandbox/world.py", "import linkpoint.http", "The sandbox borrows nothing"),
        ("sandbox/world.py", "import django.conf", "The sandbox borrows nothing"),
        ("sync/wiring.py", "import simple_salesforce", "simple_salesforce enters by"),
        ("linkpoint/accounts/apps.py", "import msal", "msal enters by"),
        ("sync/wiring.py", "import linkpoint.settings", "Settings are read through"),
    ],
)
def test_contract_notices_a_forbidden_import(
    copy: Path, add: Callable[[str, str], None], file: str, line: str, contract: str
) -> None:
    add(file, f"\n{line}\n")

    assert [name for name in _contracts_broken(copy) if name.startswith(contract)]


@pytest.mark.parametrize(
    ("rule", "file", "code"),
    [
        (
            "TID251",
            "sync/core/x.py",
            "import datetime\n\nnow = datetime.datetime.now(datetime.UTC)\n",
        ),
        ("TID251", "sync/core/x.py", "import random\n"),
        ("TID251", "sync/core/x.py", "import uuid\n"),
        ("TID251", "sync/core/x.py", "import os\n"),
        ("TID251", "sync/core/x.py", "import time\n"),
        ("TID251", "snapfields/core.py", "import logging\n"),
        ("TID252", "sync/engine/x.py", "from . import steps\n"),
        ("BLE001", "sync/engine/x.py", "try:\n    pass\nexcept Exception:\n    pass\n"),
        ("E722", "sync/jobs.py", "try:\n    pass\nexcept:\n    pass\n"),
        ("S110", "sync/jobs.py", "try:\n    pass\nexcept Exception:\n    pass\n"),
        ("PLC0415", "sync/jobs.py", "def now() -> None:\n    import time\n"),
        ("DTZ005", "sync/jobs.py", "import datetime\n\nnow = datetime.datetime.now()\n"),
        ("T201", "sync/jobs.py", "print(1)\n"),
        ("D103", "sync/jobs.py", "def run(mailbox_id: int) -> None:\n    run(mailbox_id)\n"),
        ("PLR0913", "sync/jobs.py", "def run(a, b, c, d, e, f, g):\n    pass\n"),
        (
            "C901",
            "sync/jobs.py",
            "def f(x):\n" + "".join(f"    if x == {n}: pass\n" for n in range(9)),
        ),
        ("PLR0915", "sync/jobs.py", "def f(x):\n" + "    x += 1\n" * 41),
        ("ERA001", "sync/jobs.py", "# run(mailbox_id=1)\n"),
        ("S105", "sync/jobs.py", 'password = "swordfish"\n'),
        ("S608", "sync/jobs.py", 'query = f"SELECT * FROM x WHERE y = {z}"\n'),
        ("FBT001", "sync/jobs.py", "def run(full: bool) -> None:\n    pass\n"),
        ("INP001", "nowhere/x.py", "x = 1\n"),
        ("PGH003", "sync/jobs.py", "x = 1  # type: ignore\n"),
    ],
)
def test_linter_notices(rule: str, file: str, code: str) -> None:
    command = [
        str(_BIN / "ruff"),
        "check",
        "--output-format=concise",
        "--stdin-filename",
        file,
        "-",
    ]

    ran = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert f" {rule} " in ran.stdout


def test_clock_is_forbidden_in_the_core_alone() -> None:
    command = [str(_BIN / "ruff"), "check", "--stdin-filename", "sync/jobs.py", "-"]
    code = '"""A module."""\n\nimport time\n\nSTARTED = time.monotonic()\n'

    ran = subprocess.run(command, cwd=ROOT, input=code, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout


_BADLY_TYPED = '''"""Each line below that is marked breaks one rule of the type checker."""

from enum import Enum
from typing import Any


class Side(Enum):
    OUTLOOK = 1
    SALESFORCE = 2


def untyped(x):  # no-untyped-def
    return x


def bare(x: list) -> None:  # type-arg
    del x


def any_out(x: Any) -> int:
    return x.y  # no-any-return


def forgotten(side: Side) -> int:
    match side:  # exhaustive-match
        case Side.OUTLOOK:
            return 1
    return 0


def maybe(x: int) -> int:
    if x:
        y = 1
    return y  # possibly-undefined


def never(x: int) -> int:
    if isinstance(x, int):
        return x
    return 0  # unreachable


def sure(x: Side) -> int:
    return 1 if x else 0  # truthy-bool redundant-expr


def quiet() -> int:
    return "x"  # type: ignore  # ignore-without-code
'''


def test_type_checker_notices_what_strict_means(
    copy: Path, add: Callable[[str, str], None]
) -> None:
    add("sync/core/badly_typed.py", _BADLY_TYPED)
    expected = {
        (number, code)
        for number, line in enumerate(_BADLY_TYPED.splitlines(), start=1)
        if "  # " in line
        for code in line.rpartition("  # ")[2].split()
    }

    said = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--no-error-summary", "--cache-dir"),
            *(copy / ".mypy_cache", "sync/core/badly_typed.py"),
        ],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    found = {
        (int(line.split(":")[1]), line.rpartition("[")[2].rstrip("]"))
        for line in said.splitlines()
        if ": error: " in line
    }
    assert found == expected


def test_long_file_is_noticed(copy: Path, add: Callable[[str, str], None]) -> None:
    add("sync/core/homeless.py", "\n" * (house_rules.LONGEST_FILE_LINES + 1))

    assert "sync/core/homeless.py: 401 lines" in house_rules.long_files(copy)


def test_long_function_is_noticed(copy: Path, add: Callable[[str, str], None]) -> None:
    add("sync/core/homeless.py", "def f(x):\n" + "    x()\n" * house_rules.LONGEST_FUNCTION_LINES)

    assert "sync/core/homeless.py:f: 61 lines" in house_rules.long_functions(copy)


def test_vague_name_is_noticed(copy: Path, add: Callable[[str, str], None]) -> None:
    add("sync/core/utils.py", "")

    assert "sync/core/utils.py" in house_rules.vague_names(copy)


@pytest.mark.parametrize(
    "line",
    ["see /" + "root/notes", "from https://py" + "pi.org/", "# TO" + "DO later", "# FIX" + "ME"],
)
def test_foreign_word_is_noticed(copy: Path, add: Callable[[str, str], None], line: str) -> None:
    add("sync/core/homeless.py", line)

    assert [w for w in house_rules.foreign_words(copy) if w.startswith("sync/core/homeless.py:1")]


def test_setting_and_command_and_error_are_found(
    copy: Path, add: Callable[[str, str], None]
) -> None:
    add("linkpoint/settings.py", '\nNEW = env.str("BRAND_NEW", default="")\n')
    add("sync/management/commands/brand_new.py", "")
    add("linkpoint/errors.py", "\nclass BrandNew(ServiceError):\n    pass\n")

    assert "BRAND_NEW" in house_rules.environment_settings(copy)
    assert "brand_new" in house_rules.management_commands(copy)
    assert "BrandNew" in house_rules.public_classes(copy / "linkpoint" / "errors.py")
