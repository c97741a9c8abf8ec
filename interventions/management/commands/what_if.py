"""`manage.py what_if`: candidate rules and policies over the last days, beside the present ones."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from interventions.effect import what_if
from interventions.effect.what_if import DRAFT, MOST_CUSTOMERS, Side, WhatIf
from interventions.effect.what_if_load import Estimate
from interventions.effect.what_if_words import caveats
from risk.rulebook import RulebookContent


class Command(BaseCommand):
    """Compare, and change nothing."""

    help = "Runs a candidate rulebook, policies or rules of contact over the last days. Sends and writes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rulebook", type=Path, help="a JSON file; without it, the present rulebook")
        parser.add_argument(
            "--policies", choices=[DRAFT], help="take the newest drafts in place of what is active"
        )
        parser.add_argument("--pack", choices=[DRAFT], help="take the newest draft of the rules of contact")
        parser.add_argument("--days", type=int, default=90)
        parser.add_argument("--customers", type=int, default=MOST_CUSTOMERS, help="the size of the sample")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        rules = _rulebook(options["rulebook"]) if options["rulebook"] else None
        try:
            found = what_if.run(
                policies=options["policies"],
                rulebook=rules,
                pack=options["pack"],
                days=options["days"],
                most_customers=options["customers"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            json.dumps(found.as_json(), indent=2) if options["json"] else "\n".join(_told(found))
        )


def _rulebook(file: Path) -> RulebookContent:
    try:
        return RulebookContent.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandError(f"{file} is no rulebook: {error!r}. docs/what-if.md shows one.") from error


def _told(found: WhatIf) -> list[str]:
    lines = [
        f"{found.days[0]} to {found.days[-1]}: {found.sample:,} of {found.portfolio:,} customers looked at.",
        *caveats(found),
        "Moves on the last day (present → candidate; 95 % bounds):",
    ]
    for old, row in found.moves.items():
        lines += [f"  {old} → {new}: {_in_words(each)}" for new, each in row.items() if old != new]
    for name, side in (("present", found.present), ("candidate", found.candidate)):
        lines += _side(name, side)
    lines.append(
        f"Really opened: {sum(found.real.opened.values()):,}; messages: {found.real.messages or 'none'}."
    )
    return lines


def _side(name: str, side: Side) -> list[str]:
    lines = [
        f"Under the {name} ({side.rulebook}): {_in_words(side.opened_in_all)} cases opened, "
        f"{_in_words(side.standing_at_last)} open on the last day, "
        f"{_in_words(side.opened_on_busiest)} opened on the busiest day."
    ]
    for template, channels in side.messages.items():
        lines += [f"  {template}, {channel}: {_in_words(each)}" for channel, each in channels.items()]
    return lines + [f"  not sent, {reason}: {_in_words(each)}" for reason, each in side.stopped.items()]


def _in_words(each: Estimate) -> str:
    if each.low == each.high:
        return f"{each.value:,.0f}"
    return f"{each.value:,.0f} ({each.low:,.0f} to {each.high:,.0f})"
