"""`manage.py check_drift`: whether the customers of the last weeks still look like those a model was trained on."""

import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import bank_clock
from risk.management.model_step import model_labelled
from risk.model.scorer import ModelUnusable
from risk.monitoring import drift
from risk.monitoring.checks import check_run, seed_of
from risk.monitoring.daily import CUSTOMERS
from risk.monitoring.sampling import Sample
from risk.monitoring.subject import Subject, standing_subjects, subject_of

DRIFTED = 1
SHOWN = 10


class Command(BaseCommand):
    """Measures the models that score, keeps a report for each, and raises an alert where something drifted.

    Exits with 1 where something drifted, with 0 otherwise, even where no model scores.
    """

    help = "Compare the features of a sample of customers with those a model was trained on (PSI and KS)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--as-of", type=dt.date.fromisoformat, metavar="DAY", help="the bank day; today unless given"
        )
        parser.add_argument(
            "--sample", type=int, default=CUSTOMERS, metavar="N", help="how many customers with a loan"
        )
        parser.add_argument("--model", metavar="VERSION", help="any stored version, such as early-warning-3")
        parser.add_argument("--json", action="store_true", help="print the reports as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        day = options["as_of"] or bank_clock.today()
        if day > bank_clock.today():
            raise CommandError(f"The bank's day is {bank_clock.today()}; {day} is still to come.")
        if options["sample"] < 1:
            raise CommandError("--sample must be at least 1.")
        subjects = _subjects(options["model"])
        reports = []
        for subject in subjects:
            sample = Sample(day=day, count=options["sample"], seed=seed_of(subject=subject, day=day))
            try:
                reports.append(check_run(check=drift.CHECK, subject=subject, sample=sample).report)
            except (KeyError, ValueError) as error:
                raise CommandError(f"{subject.model} has no reference to compare with: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(reports))
        else:
            self._tell(reports)
        if any(report["alarms"] for report in reports):
            raise CommandError("Something drifted.", returncode=DRIFTED)

    def _tell(self, reports: list[dict[str, Any]]) -> None:
        if not reports:
            self.stdout.write("No model is active or in shadow: there is nothing to compare with.")
        for report in reports:
            self.stdout.write(
                f"{report['model']}, {report['moments']['from_on']} to {report['moments']['until_on']},"
                f" {report['customers']:,} customers, {report['rows']:,} rows: {report['in_words']}."
            )
            self.stdout.write(f"{'column':<34}{'PSI':>8}{'alarm':>8}{'KS':>8}{'alarm':>8}  verdict")
            furthest = sorted(report["columns"], key=lambda column: -_reached(column))
            for column in furthest[: max(SHOWN, len(report["alarms"]))]:
                numbers = [column[name] for name in ("psi", "psi_threshold", "ks", "ks_threshold")]
                shown = "".join("       –" if each is None else f"{each:8.3f}" for each in numbers)
                self.stdout.write(f"{column['name']:<34}{shown}  {column['verdict']}")


def _subjects(label: str | None) -> list[Subject]:
    if label is None:
        return standing_subjects()
    try:
        return [subject_of(model_labelled(label))]
    except ModelUnusable as error:
        raise CommandError(f"{label} cannot be used: {error}") from error


def _reached(column: dict[str, Any]) -> float:
    """How much of the way to an alarm a column has gone."""
    reached: list[float] = [(column[name] or 0.0) / column[f"{name}_threshold"] for name in ("psi", "ks")]
    return max(reached)
