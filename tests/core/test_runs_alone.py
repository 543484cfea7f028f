"""The cores and the engine in an interpreter of their own: nothing of a framework comes with them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FRAMEWORKS = {
    *("django", "django_rq", "rq", "redis", "requests", "urllib3", "msal", "simple_salesforce"),
    *("psycopg", "environ", "structlog"),
}
_IMPORT_ALL = """
import importlib, json, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(getattr(package, "__path__", []), name + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def _loaded_with(*packages: str) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, *packages],
        cwd=ROOT,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize("package", ["sync.core", "snapfields.core"])
def test_core_loads_no_framework_and_no_client(package: str) -> None:
    assert _loaded_with(package) & {*FRAMEWORKS, "linkpoint"} == set()


def test_engine_loads_no_framework_and_nothing_of_linkpoint_but_its_errors() -> None:
    loaded = _loaded_with("sync.engine")

    assert loaded & FRAMEWORKS == set()


def test_sandbox_loads_nothing_of_the_product() -> None:
    loaded = _loaded_with("sandbox")

    assert (
        loaded & {"linkpoint", "sync", "snapfields", "django", "msal", "simple_salesforce"} == set()
    )


def test_the_question_would_notice_a_framework() -> None:
    assert "requests" in _loaded_with("linkpoint.http")
