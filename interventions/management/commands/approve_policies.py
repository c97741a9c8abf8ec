"""`manage.py approve_policies`: what is shipped as drafts stands, decided by two named people."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from interventions.contact import packs
from interventions.models import ContactPack, PolicyTemplate, State
from interventions.policy import governing
from interventions.policy.governing import Refused, S
from interventions.policy.texts.linking import with_help_link

IN_THE_ADMIN = "Nobody decides by command here: decide in the admin at /admin/interventions/policytemplate/"
REASON = "shipped drafts, approved by command at the bank's start"


class Command(BaseCommand):
    """Submit as one compliance officer, approve and activate as another, all shipped policies and one contact pack.

    With --help-link, what stands without the link is followed by a version that has it. Else what stands already is
    left alone, and drafts that somebody has written on as well: a second run changes nothing.
    Refused unless `POLICY_DECISIONS_BY_COMMAND` is set, since whoever has a shell can name any user.
    """

    help = "Submit, approve and activate all shipped drafts of policies and a contact pack, as two people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--submit-by", required=True, metavar="USER", help="who answers for the content")
        parser.add_argument(
            "--approve-by", required=True, metavar="USER", help="who approves and activates it"
        )
        parser.add_argument(
            "--help-link",
            action="store_true",
            help="put the link to the customer's page into the texts first, as versions of their own",
        )
        parser.add_argument("--pack", default="india", choices=packs.SHIPPED, help="the rules of contact")

    def handle(
        self, *args: Any, submit_by: str, approve_by: str, pack: str, help_link: bool, **options: Any
    ) -> str:
        if not settings.POLICY_DECISIONS_BY_COMMAND:
            raise CommandError(IN_THE_ADMIN)
        author, approver = _user(submit_by), _user(approve_by)
        try:
            with transaction.atomic():
                written = [*_policies(), *(_standing() if help_link else [])]
                chosen = [_linked(each, author) if help_link else each for each in written]
                policies = [_activate(each, author, approver) for each in chosen if each.state == State.DRAFT]
                contact_packs = [_activate(each, author, approver) for each in _packs(pack)]
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        return f"Activated: {len(policies)} policies, {len(contact_packs)} contact packs."


def _activate(subject: S, author: User, approver: User) -> S:
    subject = governing.submit(subject=subject, by=author)
    subject = governing.approve(subject=subject, by=approver, reason=REASON)
    return governing.activate(subject=subject, by=approver)


def _linked(policy: PolicyTemplate, author: User) -> PolicyTemplate:
    """A version of it with the link in its texts; itself where they have it, or have no room for it."""
    messages = with_help_link(policy.messages)
    if messages == policy.messages:
        return policy
    version = governing.new_version(subject=policy, by=author)
    version.messages = messages
    return governing.write(subject=version, by=author)


def _standing() -> list[PolicyTemplate]:
    """Those in force."""
    return list(PolicyTemplate.objects.filter(state=State.ACTIVE).order_by("hardship", "level"))


def _policies() -> list[PolicyTemplate]:
    """The newest shipped version of each hardship × level for which none stands."""
    standing = set(PolicyTemplate.objects.filter(state=State.ACTIVE).values_list("hardship", "level"))
    shipped = PolicyTemplate.objects.filter(state=State.DRAFT, author=None)
    newest = shipped.order_by("hardship", "level", "-version").distinct("hardship", "level")
    return [each for each in newest if (each.hardship, each.level) not in standing]


def _packs(name: str) -> list[ContactPack]:
    """The newest shipped version of the pack, unless one stands."""
    if ContactPack.objects.filter(state=State.ACTIVE).exists():
        return []
    return list(
        ContactPack.objects.filter(state=State.DRAFT, author=None, name=name).order_by("-version")[:1]
    )


def _user(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist:
        raise CommandError(f"There is no user {username}.") from None
