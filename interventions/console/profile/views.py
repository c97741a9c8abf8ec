"""The search of customers and a customer's page. A view translates a request; it decides nothing."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from audit.services import viewed
from customers import roles
from customers.models import Customer
from interventions.casework import notes
from interventions.console import chart_files, choices, live_page, once, viewing
from interventions.console.profile import page, risk_history, search
from interventions.console.profile.address import Tab, tab_of
from interventions.console.profile.brief import brief_context
from interventions.console.requests import ConsoleRequest
from risk.model.on_reading import process_reader
from risk.models import CurrentRisk
from risk.selectors import model_standing

CONTACTS = ("phone", "email")


def visible_customer(request: HttpRequest, pk: int) -> Customer:
    """A customer with what the head shows.

    Raises:
        Http404: There is none, or one this user may not see: nobody learns which.
    """
    found = Customer.objects.visible_to(request.user).select_related("risk", "assigned_rm", "covering_rm")
    customer = found.filter(pk=pk).first()
    if customer is None:
        raise Http404
    return customer


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def customers(request: ConsoleRequest) -> HttpResponse:
    if not roles.of(request.user):
        return render(request, "interventions/no_role.html", status=403)
    address = search.SearchAddress.read(request.GET)
    context: dict[str, Any] = {"address": address, "now": timezone.now()}
    if address.is_empty:
        context["last_seen"] = search.last_seen(request.user)
    else:
        context["page"] = search.search(user=request.user, address=address)
    if live_page.wants_region(request):
        response = render(request, "interventions/profile/found.html", {**context, "oob": True})
        response["HX-Push-Url"] = reverse("customers") + address.query(address.after).rstrip("?")
        return response
    context["offered"] = choices.offered(request.user)
    return render(request, "interventions/profile/search.html", context)


@require_safe
@cache_control(private=True, no_store=True)
@vary_on_headers("HX-Request", "HX-Request-Type")
def customer(request: ConsoleRequest, pk: int) -> HttpResponse:
    found = visible_customer(request, pk)
    page_id = _seen(request, found)
    if live_page.wants_region(request):
        context = _context(request, found, page_id=page_id)
        return render(request, "interventions/profile/region_moved.html", context)
    return render(request, "interventions/profile/page.html", _context(request, found, page_id=page_id))


@require_safe
@cache_control(private=True, no_store=True)
def freshness(request: ConsoleRequest, pk: int) -> HttpResponse:
    """Whether the customer's risk has changed since the page was made; 204 while it has not."""
    found = visible_customer(request, pk)
    risk: CurrentRisk | None = getattr(found, "risk", None)
    if request.GET.get("stamp", "") == page.stamp_of(risk):
        return HttpResponse(status=204)
    _seen(request, found)
    context = {"customer": found, "risk": risk, "stamp": page.stamp_of(risk), "is_changed": True}
    return render(request, "interventions/profile/fresh.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def way_out(request: ConsoleRequest, pk: int) -> HttpResponse:
    """What would change the model's mind: it takes a moment longer than a page should."""
    found = visible_customer(request, pk)
    _seen(request, found)
    risk: CurrentRisk | None = getattr(found, "risk", None)
    reading = process_reader().read(risk, with_way_out=True) if risk else None
    row = page.row_of(found, case=None, reading=reading)
    return render(request, "interventions/profile/way_out.html", {"row": row, "customer": found})


@require_safe
@cache_control(private=True, no_store=True)
def what_if(request: ConsoleRequest, pk: int) -> HttpResponse:
    """What would be said with sliders moved, for the page's own part; else the whole page with them moved so."""
    found = visible_customer(request, pk)
    if not request.htmx:
        query = request.GET.copy()
        query["tab"] = Tab.WHAT_IF
        return redirect(f"{reverse('customer', args=[pk])}?{query.urlencode()}")
    _seen(request, found)
    context = {
        **page.tab_context(found, Tab.WHAT_IF, request.GET, request.user),
        "standing": model_standing(),
        "customer": found,
    }
    return render(request, "interventions/profile/outcome_moved.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def brief(request: ConsoleRequest, pk: int) -> HttpResponse:
    found = visible_customer(request, pk)
    _seen(request, found, "pre-call brief")
    head = page.head_context(found, request.user)
    context = {**head, **brief_context(customer=found, case=head["case"], user=request.user)}
    return render(request, "interventions/profile/brief.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def receipt(request: ConsoleRequest, pk: int, revision: int) -> HttpResponse:
    found = visible_customer(request, pk)
    made = risk_history.receipt(found, revision)
    if made is None:
        raise Http404
    _seen(request, found, "receipt")
    context = {
        "customer": found,
        "receipt": made,
        # A signal that an earlier release knew is called by its name.
        "points": [(risk_history.SIGNAL_WORDS.get(name, name), each) for name, each in made.points.items()],
        "inputs": risk_history.plain(made.inputs),
        "model_inputs": risk_history.plain(made.model_inputs),
        "page_id": "",
        "now": timezone.now(),
    }
    return render(request, "interventions/profile/receipt.html", context)


@require_safe
@cache_control(private=True, no_store=True)
def chart_file(request: ConsoleRequest, pk: int, key: str) -> HttpResponse:
    found = visible_customer(request, pk)
    if key not in page.CHARTS:
        raise Http404
    chart = page.charts_of(found)[key]
    return chart_files.download(
        chart=chart, by=request.user, subject_type="customer", subject_id=found.pk, customer=found.pk
    )


@require_POST
def note(request: ConsoleRequest, pk: int) -> HttpResponse:
    found = visible_customer(request, pk)
    text = request.POST.get("text", "")
    try:
        with once.sending(request, name=f"note {pk}") as sending:
            if sending.is_repeat:
                messages.info(request, _("This note was written already."))
            else:
                notes.note_write(customer=found, text=text, by=request.user)
                sending.done()
                messages.success(request, _("The note is kept."))
    except notes.NoteRefused as refusal:
        extra = {"note_error": str(refusal), "note_text": text}
        context = _context(request, found, page_id=_seen(request, found), tab=Tab.CONTACT, **extra)
        return render(request, "interventions/profile/page.html", context, status=422)
    return redirect(f"{reverse('customer', args=[pk])}?tab={Tab.CONTACT}#notes")


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
def reveal(request: ConsoleRequest, pk: int, what: str) -> HttpResponse:
    """Show a phone number or e-mail address in full: one click, one audit row."""
    found = visible_customer(request, pk)
    if what not in CONTACTS:
        raise Http404
    if request.method != "POST":
        return redirect("customer", pk=pk)
    viewed(by=request.user, subject_type="customer", subject_id=found.pk, what=what)
    shown = {"what": what, "value": getattr(found, what)}
    if request.htmx:
        return render(request, "interventions/cases/revealed.html", shown)
    context = _context(request, found, page_id=_seen(request, found), revealed=shown)
    return render(request, "interventions/profile/page.html", context)


def _context(
    request: ConsoleRequest, found: Customer, *, page_id: str, tab: Tab | None = None, **extra: Any
) -> dict[str, Any]:
    chosen = tab or tab_of(request.GET)
    return {
        **page.head_context(found, request.user),
        **page.tab_context(found, chosen, request.GET, request.user),
        "tab": chosen,
        "tab_template": f"interventions/profile/tabs/{chosen.value}.html",
        "page_id": page_id,
        "once": once.new_key(),
        **extra,
    }


def _seen(request: ConsoleRequest, found: Customer, what: str = "customer page") -> str:
    """Record that somebody sees a customer, once for each page; the page's id."""
    return viewing.page_seen(request, found, customer_id=found.pk, what=what)
