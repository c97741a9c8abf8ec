"""What staff do with what a customer said on their page: confirm it, or not; and switch the page's links off."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from interventions.answering import confirming, shown
from interventions.console.case_asked import Action, Asked
from interventions.console.case_forms import REASON_MAX, CaseForm, ReasonForm, text_area
from interventions.console.case_matters import Matters
from interventions.contact import page_links
from interventions.models import CustomerAnswer


class DecisionForm(CaseForm):
    """How somebody knows whether what the customer said is so."""

    answer = forms.ModelChoiceField(queryset=CustomerAnswer.objects.none(), widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("How you know"), max_length=REASON_MAX, widget=text_area(1))

    def offer_choices(self) -> None:
        theirs = CustomerAnswer.objects.filter(customer=self.case.customer_id)
        self.fields["answer"].queryset = theirs  # type: ignore[attr-defined]


def pay_day_in_words(matters: Matters) -> str:
    """The confirmed pay day of a case's customer; "" where there is none. No query where they said nothing."""
    is_confirmed = any(each.by and each.answer.kind == CustomerAnswer.Kind.PAY_DAY for each in matters.told)
    return shown.pay_day_in_words(matters.case.customer) if is_confirmed else ""


def _confirm(asked: Asked) -> str:
    answer: CustomerAnswer = asked.said["answer"]
    confirming.confirm(case=asked.case, answer=answer, by=asked.by, reason=asked.said["reason"])
    if answer.kind == CustomerAnswer.Kind.PAY_DAY:
        return _(
            "It is confirmed. Until that day has passed, a salary of the last 90 days does not count as late."
        )
    return _("It is confirmed, and kept as a promise to pay the next instalment by that day.")


def _decline(asked: Asked) -> str:
    confirming.decline(case=asked.case, answer=asked.said["answer"], by=asked.by, reason=asked.said["reason"])
    return _("It is recorded that this could not be confirmed. Nothing else changes.")


def _links_off(asked: Asked) -> str:
    count = page_links.revoke(case=asked.case, by=asked.by, reason=asked.said["reason"])
    return ngettext(
        "%(count)s link leads nowhere any more. The next message carries another.",
        "%(count)s links lead nowhere any more. The next message carries another.",
        count,
    ) % {"count": count}


ANSWER_ACTIONS: dict[str, Action] = {
    "confirm_answer": Action(DecisionForm, _confirm),
    "decline_answer": Action(DecisionForm, _decline),
    "links_off": Action(ReasonForm, _links_off, needs_open_case=False),
}
