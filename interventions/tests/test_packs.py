"""Packs of contact rules: what they must say, and which one stands."""

import copy
from typing import Any

import pytest

from interventions.contact import packs
from interventions.contact.packs import PackInvalid
from interventions.models import ContactPack, PackDecision
from interventions.policy import governing
from interventions.tests import governed


@pytest.mark.parametrize("name", packs.SHIPPED)
def test_shipped_packs_are_rules(name: str) -> None:
    rules = packs.parse(packs.shipped(name), name=f"{name}-1", content_hash="0" * 64)

    assert packs.problems(packs.shipped(name)) == []
    assert (rules.conversation_days, rules.caps[0].contacts, rules.caps[0].days) == (7, 7, 7)
    assert "adverse" not in rules.automatic.effects
    assert "call" not in rules.automatic.channels


def test_shipped_hours_are_those_of_the_sources() -> None:
    """India 08:00-19:00 (RBI), US 08:00-21:00 (12 CFR 1006.6): no channel on any day outside of them."""
    for name, begins, ends in (
        ("india", "08:00", "19:00"),
        ("us", "08:00", "21:00"),
        ("uk", "08:00", "20:00"),
    ):
        for day in packs.shipped(name)["contact_hours"].values():
            assert day["weekdays"] == [begins, ends]
            assert all(begins <= pair[0] < pair[1] <= ends for pair in day.values() if pair)


def changed(path: str, value: Any) -> dict[str, Any]:
    rules = copy.deepcopy(packs.shipped("india"))
    *parents, last = path.split(".")
    place: Any = rules
    for parent in parents:
        place = place[int(parent) if parent.isdigit() else parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return rules


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("format", 2, "format"),
        ("caps", None, "missing required field `caps`"),
        ("surprise", 1, "unknown field `surprise`"),
        ("jurisdiction", "India", "jurisdiction: must be a country's code"),
        ("holiday_regions", [""], "holiday_regions: each needs a name"),
        ("contact_hours.sms", None, "contact_hours: sms is missing"),
        ("contact_hours.fax", {"weekdays": None, "saturday": None, "sunday": None}, "fax is unknown"),
        ("contact_hours.sms.sunday", ["19:00", "08:00"], "contact_hours.sms.sunday: must be two times"),
        ("contact_hours.sms.sunday", ["08:00", "08:00"], "contact_hours.sms.sunday: must be two times"),
        ("contact_hours.sms.sunday", ["05:59", "08:00"], "contact_hours.sms.sunday: must be two times"),
        ("contact_hours.sms.sunday", ["08:00", "22:01"], "contact_hours.sms.sunday: must be two times"),
        ("contact_hours.sms.sunday", ["8", "24:00"], "contact_hours.sms.sunday: must be two times"),
        ("contact_hours.sms.sunday", ["08:00"], "contact_hours"),
        ("caps", [], "caps: one must count all channels together"),
        ("caps.0.channels", ["sms"], "caps: one must count all channels together"),
        ("caps.0.channels", ["fax"], "caps[0].channels: fax is unknown"),
        ("caps.0.contacts", 0, "caps[0].contacts: must be from 1 to 100"),
        ("caps.0.days", 91, "caps[0].days: must be from 1 to 90"),
        ("after_conversation.days", 0, "after_conversation.days: must be from 1 to 90"),
        ("after_conversation.purposes", ["service"], "support must be among them"),
        ("after_conversation.purposes", ["support", "sales"], "sales is unknown"),
        ("cool_down_hours.after_message", 0, "cool_down_hours.after_message: must be from 1"),
        ("cool_down_hours.after_not_reached", 0, "cool_down_hours.after_not_reached: must be from 1"),
        ("after_wrong_person_days", 0, "after_wrong_person_days: must be from 1"),
        ("breaker_sends_per_hour", 0, "breaker_sends_per_hour: must be from 1"),
        ("breaker_sends_per_hour", 1.5, "breaker_sends_per_hour"),
        ("holds.legal", None, "holds: legal is missing"),
        ("holds.legal", "allow", "holds"),
        ("holds.weather", "deny", "holds: weather is unknown"),
        ("automatic.effects", ["adverse"], "automatic.effects: adverse is unknown"),
        ("automatic.levels", ["SEVERE"], "automatic.levels: SEVERE is unknown"),
        ("automatic.channels", ["call"], "automatic.channels: call is unknown"),
        ("purposes.service", None, "purposes: service is missing"),
        ("purposes.service", ["fax"], "purposes.service: fax is unknown"),
    ],
)
def test_what_is_no_rule_is_refused_in_words(path: str, value: Any, problem: str) -> None:
    rules = changed(path, value)

    assert problem in " ".join(packs.problems(rules))
    with pytest.raises(PackInvalid):
        packs.parse(rules, name="india-1", content_hash="")


def test_every_problem_is_told_at_once() -> None:
    rules = changed("after_wrong_person_days", 0) | {"breaker_sends_per_hour": 0}

    assert len(packs.problems(rules)) == 2


@pytest.mark.django_db
def test_without_an_active_pack_there_are_no_rules() -> None:
    governed.approved(governed.draft_pack(rules=packs.shipped("india")))

    assert packs.active_rules() is None


@pytest.mark.django_db
def test_the_active_pack_s_rules_stand() -> None:
    pack = governed.active_pack(name="uk", rules=packs.shipped("uk"))

    rules = packs.active_rules()

    assert rules is not None
    assert (rules.name, rules.content_hash) == (str(pack), pack.content_hash)
    assert rules.jurisdiction == "GB"


@pytest.mark.django_db
def test_a_retired_pack_s_rules_do_not() -> None:
    pack = governed.active_pack(rules=packs.shipped("india"))

    governing.retire(subject=pack, by=governed.officer(), reason="replaced")

    assert packs.active_rules() is None


@pytest.mark.django_db
def test_a_pack_that_somebody_refused_after_all_does_not_stand() -> None:
    pack = governed.active_pack(rules=packs.shipped("india"))
    assert pack.author is not None

    PackDecision.objects.create(
        pack=pack,
        kind="refused",
        author=pack.author,
        decided_by=governed.officer(),
        content_hash=pack.content_hash,
        reason="I looked again",
    )

    assert packs.active_rules() is None


@pytest.mark.django_db
def test_a_pack_whose_content_is_another_does_not_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses that; were it altered there, nothing would be sent."""
    governed.active_pack(rules=packs.shipped("india"))
    monkeypatch.setattr(packs, "content_hash", lambda _: "0" * 64)

    assert packs.active_pack() is None


def test_a_pack_that_is_no_rules_gives_none() -> None:
    assert packs.rules_of(ContactPack(name="odd", version=1, rules={"format": 1})) is None
    assert packs.rules_of(None) is None
