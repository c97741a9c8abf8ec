"""The demonstration's early-warning model: trained on the simulated history by one user, approved by another."""

import json
import re
import shutil

from demonstration.bank import Bank
from embedded import EmbeddedError
from embedded.memory import write_private

AUTHOR, OFFICER = "analyst", "compliance"
REFUSED, REJECTED = 1, 3
FINDINGS = "Measured on simulated customers and weeks that the training did not see; better than the rules."
REASON = "For the demonstration, whose customers are simulated."


def ensure_model(bank: Bank) -> str:
    """Have a model trained and approved, once; what became of it, in words.

    A history too small to learn from, or a model no better than the scorecard, leaves the rules alone: that, too, is
    how a bank would find them.
    """
    mark = bank.directory / "model.json"
    if mark.exists():
        words: str = json.loads(mark.read_text())["outcome"]
        return words
    outcome = _train(bank)
    write_private(mark, json.dumps({"outcome": outcome}))
    return outcome


def _train(bank: Bank) -> str:
    data = bank.directory / "training"
    built = bank.manage(["build_training_set", "--out", str(data), "--replace"], may_fail_with={REFUSED, 2})
    if built.returncode:
        return f"No model, the rules decide alone. {built.last_words}"
    trained = bank.manage(
        ["train_model", "--data", str(data), "--author", AUTHOR, "--simulated", "--folds", "3"],
        may_fail_with={REFUSED, REJECTED},
    )
    shutil.rmtree(data)
    if trained.returncode == REFUSED:
        return f"No model, the rules decide alone. {trained.last_words}"
    model = _saved(trained.output)
    if trained.returncode == REJECTED:
        return f"{model} was trained and rejected; the rules decide alone. Its page says why."
    for step in (
        ["validate_model", model, "--findings", FINDINGS],
        ["approve_model", model, "--reason", REASON],
    ):
        bank.manage([*step, "--by", OFFICER])
    bank.manage(["activate_model", model, "--by", OFFICER])
    return f"{model} was trained by {AUTHOR} and approved by {OFFICER}; it scores beside the rules."


def _saved(output: str) -> str:
    """The version that train_model says it saved."""
    found = re.search(r"^Saved: (\S+-\d+),", output, re.MULTILINE)
    if found is None:
        raise EmbeddedError("`manage.py train_model` does not say which version it saved.")
    return found[1]
