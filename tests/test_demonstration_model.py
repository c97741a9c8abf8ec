"""The demonstration's model: trained once, and taken on from wherever a run was interrupted."""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import cast

import pytest

from demonstration.bank import Bank, Outcome
from demonstration.model import ensure_model, in_words, missing_steps
from embedded import EmbeddedError

AFTER = {"validate_model": "validated", "approve_model": "approved", "activate_model": "active"}
SCORES = "early-warning-1 was trained by analyst and approved by compliance; it scores beside the rules."


class Interrupted(Exception):
    """Ctrl-C."""


class ScriptedBank:
    """A bank whose commands do what the registry would, and stop after as many as wished."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.state = ""
        self.saves_as = "candidate"
        self.codes: dict[str, int] = {}
        self.commands: list[str] = []
        self.left = 100

    def manage(self, arguments: Sequence[str], *, may_fail_with: Collection[int] = ()) -> Outcome:
        name = arguments[0]
        if name == "show_models":
            models = [{"version": "early-warning-1", "state": self.state}] if self.state else []
            return Outcome(returncode=0, output=json.dumps(models), last_words="")
        if not self.left:
            raise Interrupted
        self.left -= 1
        self.commands.append(name)
        code = self.codes.get(name, 0)
        assert code == 0 or code in may_fail_with
        self._happens(name, code)
        return Outcome(returncode=code, output="", last_words="Too few." if code else "")

    def _happens(self, name: str, code: int) -> None:
        if name == "build_training_set":
            (self.directory / "training").mkdir(exist_ok=True)
        elif name == "train_model":
            # The same data give the same manifest, and that is saved once.
            self.state = self.state or ("" if code == 1 else self.saves_as)
        else:
            before = dict(zip(AFTER, ["candidate", "validated", "approved"], strict=True))[name]
            assert self.state == before
            self.state = AFTER[name]


def ensure(bank: ScriptedBank) -> str:
    return ensure_model(cast(Bank, bank))


def test_model_is_trained_and_approved_once(tmp_path: Path) -> None:
    bank = ScriptedBank(tmp_path)

    assert ensure(bank) == ensure(bank) == SCORES
    assert bank.commands == ["build_training_set", "train_model", *AFTER]
    assert not (tmp_path / "training").exists()


@pytest.mark.parametrize("commands", range(5))
def test_interrupted_run_is_taken_on(tmp_path: Path, commands: int) -> None:
    bank = ScriptedBank(tmp_path)
    bank.left = commands
    with pytest.raises(Interrupted):
        ensure(bank)
    bank.left = 100

    assert ensure(bank) == SCORES
    assert not (tmp_path / "training").exists()
    assert bank.commands.count("validate_model") == bank.commands.count("activate_model") == 1


def test_interruption_before_the_mark_takes_no_step_again(tmp_path: Path) -> None:
    bank = ScriptedBank(tmp_path)
    ensure(bank)
    (tmp_path / "model.json").unlink()
    bank.commands.clear()

    assert ensure(bank) == SCORES
    assert bank.commands == []


def test_rejected_model_leaves_the_rules_alone(tmp_path: Path) -> None:
    bank = ScriptedBank(tmp_path)
    bank.saves_as, bank.codes = "rejected", {"train_model": 3}

    assert (
        ensure(bank) == "early-warning-1 was trained and rejected; the rules decide alone. Its page says why."
    )
    assert bank.commands == ["build_training_set", "train_model"]


@pytest.mark.parametrize("codes", [{"build_training_set": 1}, {"build_training_set": 2}, {"train_model": 1}])
def test_history_that_does_not_suffice_leaves_the_rules_alone(tmp_path: Path, codes: dict[str, int]) -> None:
    bank = ScriptedBank(tmp_path)
    bank.codes = codes

    assert ensure(bank) == ensure(bank) == "No model, the rules decide alone. Too few."


def test_training_that_saves_nothing_is_an_error(tmp_path: Path) -> None:
    bank = ScriptedBank(tmp_path)
    bank.saves_as = ""

    with pytest.raises(EmbeddedError, match="saved no version"):
        ensure(bank)


@pytest.mark.parametrize("state", ["active", "retired", "rejected"])
def test_nothing_is_missing_of_what_has_ended_or_scores(state: str) -> None:
    assert missing_steps("early-warning-1", state) == []


def test_retired_model_is_said_to_be() -> None:
    assert in_words("early-warning-1", "retired") == "early-warning-1 was retired; the rules decide alone."
