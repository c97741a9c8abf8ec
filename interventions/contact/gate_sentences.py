"""Why each rule of the send gate denies, in a sentence for whoever looks after the customer, and what can be done."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from interventions import preferences
from interventions.models import Channel, ContactHold, Purpose

Looked = Mapping[str, Any]


def sentence(rule: str, looked: Looked) -> str:
    """Why a rule denies, and what can be done."""
    if "missing" in looked:
        return _(
            "What this needs is not known here (%(what)s), so nothing is sent. Complete the record, or tell support."
        ) % {"what": looked["missing"]}
    if rule.startswith("hold_"):
        return _hold(rule, looked)
    return SENTENCES[rule](looked)


def _pack(looked: Looked) -> str:
    return _(
        "No rules of contact are active, so nothing is sent. A compliance officer must activate an approved pack."
    )


def _fault(looked: Looked) -> str:
    return _("The check broke (%(where)s), so nothing is sent. Tell support; they see it in the log.") % {
        "where": looked["in"]
    }


def _breaker(looked: Looked) -> str:
    if looked["is_open"]:
        return _(
            "All sending is stopped. Speak with the customer instead; two people of supervision or compliance can let"
            " messages go out again."
        )
    return _(
        "%(sent)s messages went out within the hour, and the limit is %(limit)s: nothing more goes out."
    ) % {
        "sent": looked["sent_last_hour"],
        "limit": looked["limit"],
    }


def _case(looked: Looked) -> str:
    return _("The case is closed. Nothing is sent for it any more.")


def _purpose(looked: Looked) -> str:
    return _("The rules do not permit %(channel)s for this: %(purpose)s. Choose another channel.") % {
        "channel": _channel(looked),
        "purpose": _purpose_of(looked),
    }


def _template(looked: Looked) -> str:
    if not looked["is_standing"]:
        return _(
            "The policy is not active, or was altered or never approved. A compliance officer must activate one."
        )
    if not looked["is_as_written"]:
        return _("The policy's words have changed since this was written. Write the message again.")
    return _("The policy is not valid at this time (from %(begins)s until %(ends)s).") % {
        "begins": _stated(looked["valid_from"]),
        "ends": _stated(looked["valid_until"]),
    }


def _body(looked: Looked) -> str:
    return _("The words are not those that were confirmed. Write the message again.")


def _edit(looked: Looked) -> str:
    return _("The words go beyond the template. Somebody other than the author must approve exactly these.")


def _adverse(looked: Looked) -> str:
    if looked.get("is_automatic"):
        return _("This is to the customer's disadvantage: it is never sent without a person's decision.")
    return _("This is to the customer's disadvantage, and no specific reasons for it are on record.")


def _confirmed(looked: Looked) -> str:
    return _("Messages like this do not go out by themselves: a person must read and confirm it.")


def _consent(looked: Looked) -> str:
    if looked["consent"] == "withdrawn":
        return _(
            "The customer does not want to be reached by %(channel)s for this. Choose another channel, and do not ask"
            " again unless they bring it up."
        ) % {"channel": _channel(looked)}
    return _(
        "The customer has not agreed to %(channel)s for this: %(purpose)s. Choose another channel, or enter their"
        " consent when they give it."
    ) % {"channel": _channel(looked), "purpose": _purpose_of(looked)}


def _address(looked: Looked) -> str:
    if looked["problem"] == "changed":
        return _("The customer's address has changed since this was written. Write the message again.")
    return _(
        "No usable address for this channel is on record. Complete the record, or choose another channel."
    )


def _zone(looked: Looked) -> str:
    return _(
        "The customer's time zone (%(zone)s) is unknown, so nobody can tell what hour it is there. Correct the record."
    ) % {"zone": looked["time_zone"]}


def _holdout(looked: Looked) -> str:
    return _(
        "This case is in the comparison group and is not contacted. If the customer asks for help, or is in need of"
        " it, help at once: that ends the comparison for them."
    )


def _arrears(looked: Looked) -> str:
    return _(
        "An instalment is overdue. Messages from before a missed payment do not fit any more: collections takes over."
    )


def _conversation(looked: Looked) -> str:
    return _("Somebody spoke with the customer on %(when)s. They are left in peace for %(days)s days.") % {
        "when": _stated(looked["last_at"]),
        "days": looked["days"],
    }


def _frequency(looked: Looked) -> str:
    full = [cap for cap in looked["caps"] if cap["contacts"] >= cap["limit"]]
    return _("The customer was contacted %(count)s times within %(days)s days; %(limit)s is the most.") % {
        "count": full[0]["contacts"],
        "days": full[0]["days"],
        "limit": full[0]["limit"],
    }


def _message_cool_down(looked: Looked) -> str:
    return _("The last message went out on %(when)s. At least %(hours)s hours lie between two.") % {
        "when": _stated(looked["last_at"]),
        "hours": looked["hours"],
    }


def _call_cool_down(looked: Looked) -> str:
    return _("The last call was on %(when)s. The next may follow after %(hours)s hours.") % {
        "when": _stated(looked["last_at"]),
        "hours": looked["hours"],
    }


def _wrong_person(looked: Looked) -> str:
    return _(
        "On %(when)s somebody else answered this telephone. It is not used for %(days)s days; check the number with"
        " the customer, or write an e-mail."
    ) % {"when": _stated(looked["last_at"]), "days": looked["days"]}


def _schedule(looked: Looked) -> str:
    return _("It is meant for %(when)s.") % {"when": _stated(looked["not_before_at"])}


def _holiday(looked: Looked) -> str:
    return _("It is a bank holiday where the customer lives.")


def _quiet_hours(looked: Looked) -> str:
    here = dt.datetime.fromisoformat(looked["local"])
    if looked["hours"] is None:
        return _("It is %(day)s where the customer lives: this channel is not used on such a day.") % {
            "day": date_format(here, "l")
        }
    return _("It is %(time)s where the customer lives: this channel is used from %(begins)s to %(ends)s.") % {
        "time": date_format(here, "H:i"),
        "begins": looked["hours"][0],
        "ends": looked["hours"][1],
    }


def _hold(rule: str, looked: Looked) -> str:
    if looked.get("kinds") == [ContactHold.Kind.PAUSE]:
        return _("The customer asked us to pause: nobody is to contact them until that is over.")
    if looked.get("mode") == "review":
        return _(
            "%(kind)s: a person must read and confirm this very message, knowing of it. Confirm it again, or not at"
            " all."
        ) % {"kind": kind_in_words(rule)}
    ends = [each for each in looked.get("until_at", ()) if each]
    if ends and len(ends) == len(looked["until_at"]):
        return _("%(kind)s: nobody is to contact the customer until %(when)s.") % {
            "kind": kind_in_words(rule),
            "when": _stated(max(ends)),
        }
    return _("%(kind)s: nobody is to contact the customer until the hold is lifted.") % {
        "kind": kind_in_words(rule)
    }


SENTENCES: dict[str, Callable[[Looked], str]] = {
    "pack": _pack,
    "fault": _fault,
    "breaker": _breaker,
    "case": _case,
    "purpose": _purpose,
    "template": _template,
    "body": _body,
    "edit": _edit,
    "adverse": _adverse,
    "confirmed": _confirmed,
    "consent": _consent,
    "address": _address,
    "zone": _zone,
    "holdout": _holdout,
    "arrears": _arrears,
    "conversation": _conversation,
    "frequency": _frequency,
    "message_cool_down": _message_cool_down,
    "call_cool_down": _call_cool_down,
    "wrong_person": _wrong_person,
    "schedule": _schedule,
    "holiday": _holiday,
    "quiet_hours": _quiet_hours,
}


def kind_in_words(rule: str) -> str:
    """The kind of hold that a rule is about."""
    kind = rule.removeprefix("hold_")
    label = str(ContactHold.Kind(kind).label) if kind in ContactHold.Kind.values else _("another hold")
    return label[:1].upper() + label[1:]


def _channel(looked: Looked) -> str:
    name = looked["channel"]
    return str(Channel(name).label) if name in Channel.values else str(name)


def _purpose_of(looked: Looked) -> str:
    name = looked["purpose"]
    return str(Purpose(name).label) if name in Purpose.values else str(name)


def _stated(moment: str | None) -> str:
    return "–" if moment is None else moment_in_words(dt.datetime.fromisoformat(moment))


def moment_in_words(moment: dt.datetime) -> str:
    """In the bank's zone, which is named to whoever reads in another."""
    form = "j M, H:i T" if preferences.is_elsewhere() else "j M, H:i"
    return date_format(timezone.localtime(moment), form)
