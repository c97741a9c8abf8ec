"""`manage.py train_model`: the early-warning model, from a training set to a candidate in the registry."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from customers import roles
from risk.management.model_step import COMMAND
from risk.model.registry import TRAINERS, ModelRefused, model_save
from risk.training.artefact import Basis
from risk.training.bands import BandsImpossible
from risk.training.dask_fit import ClusterUnavailable, OnDask
from risk.training.fit import FitOptions, Fitter, InMemory
from risk.training.report import show
from risk.training.rows import DatasetRefused, TrainingSet
from risk.training.sizes import TooFew
from risk.training.train import Run, TrainOptions, train

DEFAULT_SEED = 2026
REJECTED = 3
# The tables are wide; a file has no width of its own.
FILE_COLUMNS = 200


class Command(BaseCommand):
    """Exits with 0 when a candidate was saved, 3 when the model was rejected, 1 when there was nothing to train."""

    help = "Train the early-warning model, measure it against the baselines, save it as candidate or as rejected."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", type=Path, required=True, help="directory of build_training_set")
        parser.add_argument("--author", help="user who trains: an analyst, who then cannot approve it")
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument(
            "--threads", type=int, default=2, help="the same data and threads give the same bytes"
        )
        folds = "how many models share out the customers to be tested, 1 to 8; 1 is quickest"
        parser.add_argument("--folds", type=int, default=5, choices=range(1, 9), metavar="N", help=folds)
        parser.add_argument("--draws", type=int, default=1_000, help="of the bootstrap")
        budget = "share of customers in MEDIUM or HIGH by probability"
        parser.add_argument("--alert-budget", type=float, default=0.10, help=budget)
        parser.add_argument("--high-budget", type=float, default=0.03, help="share of customers in HIGH")
        parser.add_argument(
            "--miss-cost", type=float, help="what a contact saves where a miss would have come"
        )
        parser.add_argument(
            "--contact-cost", type=float, help="what a contact costs; the two replace --alert-budget"
        )
        parser.add_argument(
            "--simulated", action="store_true", help="the data are simulated; the card says so"
        )
        parser.add_argument("--metrics", type=Path, help="also write the metrics to this JSON file")
        scores = "also write every test row with what each ranking says of it to this Parquet file"
        parser.add_argument("--scores", type=Path, help=scores)
        parser.add_argument("--dry-run", action="store_true", help="save nothing")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--external-memory", action="store_true", help="for more rows than memory")
        where.add_argument("--dask", metavar="ADDRESS", help="fit on the Dask cluster with this scheduler")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["miss_cost"] is None) != (options["contact_cost"] is None):
            raise CommandError("--miss-cost and --contact-cost belong together.")
        author = None if options["dry_run"] else _author(options["author"])
        run = self._train(options)
        show(run.metrics, console=Console(width=None if sys.stdout.isatty() else FILE_COLUMNS))
        _write_files(run, options)
        if author is not None:
            self._save(run, author)
        if run.verdict.rejections:
            sys.exit(REJECTED)

    def _train(self, options: dict[str, Any]) -> Run:
        began = time.monotonic()

        def report(what: str) -> None:
            self.stderr.write(f"{time.monotonic() - began:7.1f} s  {what}")

        try:
            return train(
                data=TrainingSet.open(options["data"]),
                fitter=_fitter(options),
                options=_train_options(options),
                report=report,
            )
        except (DatasetRefused, TooFew, BandsImpossible, ClusterUnavailable) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _save(self, run: Run, author: User) -> None:
        try:
            model = model_save(
                author=author,
                ubj=run.artefact.ubj,
                manifest=run.artefact.manifest,
                metrics=run.metrics,
                rejection_reason=" ".join(run.verdict.rejections),
                through=COMMAND,
            )
        except ModelRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"Saved: {model}, {model.state}, manifest {model.manifest_sha256[:12]}.")


def _write_files(run: Run, options: dict[str, Any]) -> None:
    import pyarrow.parquet as pq

    if options["metrics"]:
        options["metrics"].write_text(json.dumps(run.metrics, indent=1) + "\n")
    if options["scores"]:
        pq.write_table(run.scored.as_table(), options["scores"])


def _author(username: str | None) -> User:
    """The user who trains; refused before the work, not after it."""
    if username is None:
        raise CommandError("Say with --author who trains, or --dry-run to save nothing.")
    author = User.objects.filter(username=username).first()
    if author is None:
        raise CommandError(f"There is no user {username}.")
    if not roles.of(author) & TRAINERS:
        raise CommandError(f"{username} may not train models: only {' and '.join(sorted(TRAINERS))} may.")
    return author


def _train_options(options: dict[str, Any]) -> TrainOptions:
    return TrainOptions(
        fit=FitOptions(seed=options["seed"], threads=options["threads"]),
        basis=Basis(
            alert_budget=options["alert_budget"],
            high_budget=options["high_budget"],
            miss_cost=options["miss_cost"],
            contact_cost=options["contact_cost"],
        ),
        folds=options["folds"],
        draws=options["draws"],
        is_simulated=options["simulated"],
        code_version=settings.CODE_VERSION,
    )


def _fitter(options: dict[str, Any]) -> Fitter:
    if options["external_memory"]:
        from risk.training.external import ExternalMemory

        return ExternalMemory()
    if options["dask"]:
        return OnDask(options["dask"])
    return InMemory()
