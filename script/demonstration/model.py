"""The demonstration's early-warning model: trained on the simulated history by one user, approved by another."""

import json
import shutil
from pathlib import Path

from demonstration.bank import Bank
from embedded import EmbeddedError
from embedded.memory import write_private

AUTHOR, OFFICER = "analyst", "compliance"
REFUSED, REJECTED = 1, 3
# Shares of customers that the model may put at MEDIUM or HIGH, and at HIGH. The scorecard's fifth comes to that.
ALERT_BUDGET, HIGH_BUDGET = "0.06", "0.02"
FINDINGS = "Measured on simulated customers and weeks that the training did not see; better than the rules."
REASON = "For the demonstration, whose customers are simulated."


def ensure_model(bank: Bank) -> str:
    """Have a model trained and approved, once, also where an earlier run was interrupted; what became of it, in words.

    A history too small to learn from, or a model no better than the scorecard, leaves the rules alone: that, too, is
    how a bank would find them.
    """
    mark = bank.directory / "model.json"
    if mark.exists():
        words: str = json.loads(mark.read_text())["outcome"]
        return words
    outcome = _outcome(bank)
    shutil.rmtree(_training_set(bank), ignore_errors=True)
    write_private(mark, json.dumps({"outcome": outcome}))
    return outcome


def missing_steps(version: str, state: str) -> list[list[str]]:
    """The commands that are left until a version scores, wherever an earlier run was interrupted."""
    steps = {
        "candidate": ["validate_model", version, "--findings", FINDINGS],
        "validated": ["approve_model", version, "--reason", REASON],
        "approved": ["activate_model", version],
    }
    order = list(steps)
    return [steps[each] for each in order[order.index(state) :]] if state in steps else []


def in_words(version: str, state: str) -> str:
    """What became of a version, once no step is missing."""
    if state == "rejected":
        return f"{version} was trained and rejected; the rules decide alone. Its page says why."
    if state == "retired":
        return f"{version} was retired; the rules decide alone."
    return f"{version} was trained by {AUTHOR} and approved by {OFFICER}; it scores beside the rules."


def _outcome(bank: Bank) -> str:
    """Train unless an earlier run has, and take the steps that are missing."""
    version = _newest(bank)
    if version is None:
        if problem := _train(bank):
            return f"No model, the rules decide alone. {problem}"
        version = _newest(bank)
    if version is None:
        raise EmbeddedError("`manage.py train_model` saved no version.")
    label, state = version
    for step in missing_steps(label, state):
        bank.manage([*step, "--by", OFFICER])
    return in_words(label, state)


def _newest(bank: Bank) -> tuple[str, str] | None:
    """The newest version and its state."""
    found = json.loads(bank.manage(["show_models", "--json"]).output)
    return (found[-1]["version"], found[-1]["state"]) if found else None


def _train(bank: Bank) -> str:
    """Train a model that is saved as a candidate or as rejected; why not, where the history does not suffice."""
    data = str(_training_set(bank))
    built = bank.manage(["build_training_set", "--out", data, "--replace"], may_fail_with={REFUSED, 2})
    if built.returncode:
        return built.last_words.removeprefix("CommandError: ")
    budgets = ["--alert-budget", ALERT_BUDGET, "--high-budget", HIGH_BUDGET]
    trained = bank.manage(
        ["train_model", "--data", data, "--author", AUTHOR, "--simulated", "--folds", "3", *budgets],
        may_fail_with={REFUSED, REJECTED},
    )
    return trained.last_words.removeprefix("CommandError: ") if trained.returncode == REFUSED else ""


def _training_set(bank: Bank) -> Path:
    return bank.directory / "training"
