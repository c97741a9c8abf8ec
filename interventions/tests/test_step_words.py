"""Every verb and rule that is written has plain words."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import interventions
from interventions.console import rule_words, step_words
from interventions.contact import gate_sentences
from interventions.models import CaseTransition, ContactHold
from interventions.send_gate import RULES

HOME = Path(interventions.__file__).parent
# Where verbs are written: the second argument of `take`, and `verb` of a `Step`.
WRITERS = {"take": 1, "Step": None}


def calls_in(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WRITERS:
            yield node


def verbs_written() -> set[str]:
    """Every verb in the text of the services, so that a new one without words fails here."""
    found: set[str] = set()
    for path in HOME.rglob("*.py"):
        if {"tests", "admin"} & set(path.parts) or path.name == "send_gate.py":
            continue
        for call in calls_in(ast.parse(path.read_text())):
            place = WRITERS[call.func.id]  # type: ignore[attr-defined]
            named = [each.value for each in call.keywords if each.arg == "verb"]
            given = named or ([call.args[place]] if place and len(call.args) > place else [])
            found |= {str(each.value) for each in given if isinstance(each, ast.Constant)}
    return found


def test_every_verb_that_services_write_has_words() -> None:
    written = verbs_written()

    assert {"opened", "resolved", "contacted", "promise_broken", "holdout_ended"} <= written
    assert written <= step_words.PLAIN.keys() | step_words.DETAILED.keys()


def step(verb: str, **detail: Any) -> str:
    return step_words.of(CaseTransition(verb=verb, detail=detail), names={7: "Meera Nair"})


@pytest.mark.parametrize(
    ("verb", "detail", "text"),
    [
        ("sla_breached", {}, "The first contact is late"),
        ("assigned", {"assigned_to": 7}, "Given to Meera Nair"),
        (
            "assigned",
            {"assigned_to": 7, "is_cover": True},
            "Given to Meera Nair, who stands in for the customer's manager",
        ),
        ("assigned", {}, "Given to somebody"),
        ("snoozed", {"snoozed_until": "2026-02-18T03:30:00+00:00"}, "Put off until 18 Feb, 09:00"),
        ("snoozed", {}, "Put off"),
        ("woken", {}, "Came back"),
        ("woken", {"because": "the risk rose"}, "Came back: the risk rose"),
        ("resolved", {"outcome": "self_cured"}, "Resolved: risk fell by itself"),
        ("resolved", {}, "Resolved"),
        ("holdout_ended", {"cause": "hold"}, "Out of the holdout, help as usual: a hold was placed"),
        ("holdout_ended", {}, "Out of the holdout"),
        (
            "reprioritised",
            {
                "level": "HIGH",
                "hardship": "OVER_LEVERAGE",
                "priority": "URGENT",
                "was": {"level": "MEDIUM", "hardship": "OVERSPENDING", "priority": "HIGH"},
            },
            "Assessed anew: level HIGH, hardship over-leverage, priority urgent",
        ),
        (
            "reprioritised",
            {"level": "HIGH", "policy": 2, "was": {"level": "HIGH", "policy": 1}},
            "Another version of the policy applies",
        ),
        ("reprioritised", {"level": "SEVERE", "was": {}}, "Assessed anew: Severe"),
        ("sent_by_pigeon", {}, "Sent by pigeon"),
    ],
)
def test_step_in_words(verb: str, detail: dict[str, Any], text: str) -> None:
    assert step(verb, **detail) == text


def test_why_is_what_somebody_wrote_or_the_rule() -> None:
    assert step_words.why(CaseTransition(verb="escalated", reason="too much", detail={})) == "too much"
    by_rule = CaseTransition(verb="resolved", detail={"because": "the risk has stayed low"})
    assert step_words.why(by_rule) == "The risk has stayed low"


def test_every_rule_of_the_gate_has_a_short_name() -> None:
    asked = {name for name, _check in RULES if not name.startswith(rule_words.HOLD)}

    assert asked | gate_sentences.SENTENCES.keys() | {"permit"} <= rule_words.RULES.keys()


@pytest.mark.parametrize("kind", ContactHold.Kind)
def test_hold_is_named_by_its_kind(kind: ContactHold.Kind) -> None:
    assert rule_words.of(f"hold_{kind}") == f"a hold stands: {kind.label}"


def test_rule_that_is_not_known_is_still_words() -> None:
    assert (rule_words.of("hold_on_me"), rule_words.of("")) == ("a rule of contact", "")
