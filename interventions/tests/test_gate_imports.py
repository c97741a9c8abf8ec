"""Nothing but the exchange reaches a transport, and nothing makes the gate's word but the gate."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from interventions import send_gate

ROOT = Path(__file__).parent.parent.parent
APPS = ("audit", "customers", "equilibrate_site", "ingest", "interventions", "risk", "script", "benchmarks")
TRANSPORTS = "interventions.transports"
# The exchange itself, the transports among themselves, and tests.
MAY_REACH = ("interventions/sending/exchange.py", "interventions/transports/")
PURE = (
    "send_gate",
    "contact/gate_customer_checks",
    "contact/gate_facts",
    "contact/gate_findings",
    "contact/gate_hours",
    "contact/gate_message_checks",
    "contact/gate_time_checks",
    "contact/contact_rules",
    "contact/digests",
)
# What would make a verdict depend on more than facts, rules and moment.
CLOCKS = {
    "now",
    "utcnow",
    "today",
    "time",
    "time_ns",
    "monotonic",
    "perf_counter",
    "getenv",
    "environ",
    "open",
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/tests/" not in name:
                yield name, ast.parse(path.read_text())


def imported(tree: ast.Module, package: str) -> Iterator[str]:
    """Every module that a file imports, anywhere in it; relative imports as of its package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package.split(".")[: -(node.level - 1) or None]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_only_the_exchange_reaches_a_transport() -> None:
    reached = {
        name
        for name, tree in sources()
        for module in imported(tree, name.rpartition("/")[0].replace("/", "."))
        if f"{module}.".startswith(f"{TRANSPORTS}.")
    }

    assert {name for name in reached if not name.startswith(MAY_REACH)} == set()
    assert "interventions/sending/exchange.py" in reached


def test_nobody_reaches_one_by_its_name_as_text() -> None:
    """As importlib, Celery or a setting would."""
    named = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.startswith(TRANSPORTS)
    }

    assert {name for name in named if not name.startswith(MAY_REACH)} == set()


def test_only_the_gate_makes_a_permit() -> None:
    makers, borrowers = set(), set()
    for name, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) == "Permit":
                makers.add(name)
            if isinstance(node, ast.Attribute) and node.attr == "_OURS":
                borrowers.add(name)
        if "interventions.send_gate._OURS" in imported(tree, ""):
            borrowers.add(name)

    assert (makers, borrowers) == ({"interventions/send_gate.py"}, set())


@pytest.mark.parametrize("module", PURE)
def test_the_gate_asks_no_clock(module: str) -> None:
    tree = ast.parse((ROOT / "interventions" / f"{module}.py").read_text())

    asked = {_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

    # There it is the time of a moment that was given.
    assert asked & CLOCKS == ({"time"} if module in ("contact/gate_time_checks", "send_gate") else set())


def test_every_rule_of_the_gate_is_asked() -> None:
    written = {
        node.name
        for path in (ROOT / "interventions/contact").glob("gate_*_checks.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and [argument.arg for argument in node.args.args] == ["facts", "rules", "now"]
    }

    assert {check.__name__ for _, check in send_gate.RULES} == written


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
