"""What becomes of a change in what scores: noted for the status, told to operators, and everybody evaluated again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from risk.alerts import raise_operational
from risk.model import standing_words as words
from risk.model.standing import Problem, Verdict, problem_of, registered_now, scores_as
from risk.models import CurrentRisk, ModelVersion, SystemProbe
from risk.services import day_evaluate_again


@dataclass
class StandingNote:
    """Acts on the verdicts of one process, once per change."""

    last: tuple[str, tuple[Problem, ...], str] | None = None
    failures: tuple[Problem, ...] = ()

    def take(self, verdict: Verdict, failures: Sequence[Problem] | None = None) -> None:
        """Act on what stands and what failed, outside any refresh's transaction, unless it is as it was.

        For as long as there are customers whom the active version could not score, the note says so: the next chunk
        that goes well is one of others.

        Args:
            verdict: What stands.
            failures: Of those that stand, who could not score somebody just now; None where none was asked. Nobody is
                evaluated again for a failure: they were just evaluated, by the rules.
        """
        if failures is not None:
            self.failures = tuple({each.occasion: each for each in failures}.values())
        is_failing = verdict.active is not None and CurrentRisk.objects.filter(model_failed=True).exists()
        lasting = [each for each in self.failures if is_failing or not each.registered.is_active]
        problems = (*verdict.problems, *lasting)
        active = verdict.active.registered.label if verdict.active else ""
        text = _text(problems) or (f"{active}: {words.COULD_NOT_SCORE_SOME}" if is_failing else "")
        if (verdict.key, problems, text) == self.last:
            return
        for problem in problems:
            _tell(problem)
        standing_note(key=verdict.key, label=active, problem=text)
        self.last = (verdict.key, problems, text)


def standing_note(*, key: str, label: str, problem: str = "") -> None:
    """Note what scores; where that differs from what is noted, have everybody evaluated again.

    Args:
        key: As `Verdict.key`; whoever is first to note another one asks for the evaluations.
        label: The version that scores, empty where none does.
        problem: Why one that should score does not.
    """
    if (
        key == scores_as(None)
        and not problem
        and not SystemProbe.objects.filter(name=SystemProbe.MODEL).exists()
    ):
        # There has never been a model.
        return
    with transaction.atomic():
        probe, _ = SystemProbe.objects.select_for_update().get_or_create(
            name=SystemProbe.MODEL, defaults={"is_ok": True, "detail": {"key": scores_as(None)}}
        )
        is_change = probe.detail["key"] != key
        probe.is_ok = not problem
        probe.detail = {"key": key, "model": label, "problem": problem}
        probe.probed_at = timezone.now()
        probe.save()
        if is_change:
            day_evaluate_again()


def model_status(*, today: dt.date) -> dict[str, str | None]:
    """What scores, looked up and verified now; with it what the workers last said of it.

    Returns:
        `active`, the version whose turn it is; `problem`, why the rules go on without it; `shadow`; each None where
        there is none.
    """
    registered = registered_now()
    active = next((each for each in registered if each.is_active), None)
    shadow = next((each for each in registered if not each.is_active), None)
    problems = [problem for each in registered if (problem := problem_of(each, today=today))]
    noted = SystemProbe.objects.filter(name=SystemProbe.MODEL, is_ok=False).first()
    return {
        "active": active.label if active else None,
        "problem": _text(tuple(problems)) or (noted.detail["problem"] if noted and registered else None),
        "shadow": shadow.label if shadow else None,
    }


def activation_note(model: ModelVersion | None) -> None:
    """Note at once what the registry has just decided: which version scores, or that none does."""
    standing_note(key=scores_as(model.pk if model else None), label=str(model) if model else "")


def _tell(problem: Problem) -> None:
    registered = problem.registered
    label = registered.label
    if problem.is_partial:
        sentence = words.RULES_ALONE_FOR_SOME if registered.is_active else words.SOME_NOT_COMPARED
    else:
        sentence = words.RULES_ALONE if registered.is_active else words.NOT_COMPARED
    day = f".{problem.day}" if problem.day else ""
    error = {"error": problem.error} if problem.error else {}
    raise_operational(
        dedupe_key=f"model.{problem.occasion}{day}",
        message=sentence % {"label": label, "problem": problem.text},
        detail={"model": registered.pk, "version": label, **error},
    )


def _text(problems: tuple[Problem, ...]) -> str:
    return "; ".join(f"{each.registered.label}: {each.text}" for each in problems)
