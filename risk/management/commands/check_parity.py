"""`manage.py check_parity`: live features against the same from raw rows, for a sample of customers."""

import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from customers import bank_clock
from risk.monitoring.parity import LIMIT, Parity, Sample, parity_check, parity_record, worst
from risk.rulebook import EQUILIBRATE_1

DIFFERS = 1


class Command(BaseCommand):
    """Compare as of now, in one snapshot, and keep a report for the model page.

    Exits with 0 while fewer than one value in a thousand differs, with 1 otherwise.
    """

    help = "Recompute live features of a sample of customers from raw rows, and compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sample",
            type=_sample,
            default=Sample(share=0.01),
            metavar="N%|N",
            help="how many customers: a percentage or a number; 1%% unless given",
        )
        parser.add_argument("--seed", type=int, help="draws the same customers again; the time unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        seed = time.time_ns() % 2**31 if options["seed"] is None else options["seed"]
        parity = parity_check(
            sample=options["sample"], seed=seed, as_of=bank_clock.today(), rules=EQUILIBRATE_1
        )
        parity_record(parity)
        self._tell(parity)
        if not parity.holds:
            raise CommandError(f"The mismatch rate is not under {LIMIT:.1%}.", returncode=DIFFERS)

    def _tell(self, parity: Parity) -> None:
        self.stdout.write(
            f"{parity.customers:,} customers (seed {parity.seed}), {parity.values:,} values,"
            f" {parity.mismatches:,} differ: {parity.rate:.4%}."
        )
        if parity.mismatches:
            self.stdout.write(f"\n{'feature':<40}{'differ':>10}{'of':>12}  customer: live, from raw rows")
        for name, tally in worst(parity):
            shown = "; ".join(f"{each.customer_id}: {each.live}, {each.raw}" for each in tally.examples)
            self.stdout.write(f"{name:<40}{tally.mismatches:>10,}{tally.values:>12,}  {shown}")


def _sample(text: str) -> Sample:
    """A percentage or a number of customers."""
    try:
        if text.endswith("%"):
            share = float(text.removesuffix("%")) / 100
            if 0 < share <= 1:
                return Sample(share=share)
        elif int(text) > 0:
            return Sample(number=int(text))
    except ValueError:
        pass
    raise ArgumentTypeError(f"{text!r} is neither a percentage such as 1% nor a number of customers")
