"""The command by which a demonstration, or a bank at its start, has the shipped drafts stand."""

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from interventions.contact import packs
from interventions.models import ContactPack, PolicyDecision, PolicyTemplate
from interventions.policy import governing, policies
from interventions.tests import governed
from interventions.tests.governed import officer
from risk.levels import Hardship, Level
from risk.tests.factories import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_command(settings: Settings) -> None:
    settings.POLICY_DECISIONS_BY_COMMAND = True


def approve(*arguments: str) -> str:
    return str(
        call_command("approve_policies", "--submit-by", officer(), "--approve-by", officer(), *arguments)
    )


@pytest.mark.usefixtures("by_command")
def test_all_shipped_policies_and_a_pack_stand() -> None:
    assert approve() == "Activated: 18 policies, 1 contact packs."

    assert set(policies.active_policies(NOON)) == {(each, level) for each in Hardship for level in Level}
    assert str(ContactPack.objects.get(state="active")) == "india-1"
    assert packs.active_rules() is not None


@pytest.mark.usefixtures("by_command")
def test_second_run_changes_nothing() -> None:
    approve("--pack", "uk")

    assert approve("--pack", "us") == "Activated: 0 policies, 0 contact packs."
    assert PolicyDecision.objects.count() == 18
    assert str(ContactPack.objects.get(state="active")) == "uk-1"


@pytest.mark.usefixtures("by_command")
def test_what_somebody_wrote_or_activated_is_left_alone() -> None:
    mine = governed.active_policy(action="our own words")
    draft = governing.new_version(subject=mine, by=officer())

    approve()

    assert policies.active_policy(hardship=mine.hardship, level=mine.level, at=NOON) == mine
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_it_is_refused_unless_allowed() -> None:
    with pytest.raises(CommandError, match="decide in the admin at /admin/interventions/policytemplate/"):
        approve()


@pytest.mark.usefixtures("by_command")
def test_one_person_is_not_enough() -> None:
    alone = officer().username

    with pytest.raises(CommandError, match="somebody else must decide"):
        call_command("approve_policies", "--submit-by", alone, "--approve-by", alone)

    assert not PolicyTemplate.objects.exclude(state="draft").exists()


@pytest.mark.usefixtures("by_command")
def test_unknown_user_is_told() -> None:
    with pytest.raises(CommandError, match="There is no user nobody"):
        call_command("approve_policies", "--submit-by", "nobody", "--approve-by", officer().username)


@pytest.mark.usefixtures("by_command")
@pytest.mark.parametrize("is_begun_without", [True, False])
def test_link_to_the_customers_page_comes_in_versions_of_its_own(is_begun_without: bool) -> None:
    if is_begun_without:
        approve()

    approve("--help-link")
    assert approve("--help-link") == "Activated: 0 policies, 0 contact packs."

    standing = PolicyTemplate.objects.filter(state="active")
    assert standing.count() == 18
    written = [each for each in standing if each.messages]
    assert written and all("{help_link}" in each.messages["sms"]["en"] for each in written)
    assert all("{help_link}" in each.messages["sms"]["hi"] for each in written)
    assert all("{help_link}" in each.messages["email"]["en"]["body"] for each in written)
    assert not any("{help_link}" in str(each.messages["voice"]) for each in written)
    assert {each.version for each in written} == {2}
