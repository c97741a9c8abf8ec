"""What providers and customers may ask without logging in: callbacks, replies, and the link that ends messages."""

import uuid

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseForbidden
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from interventions.sending import inbound, provider_addresses
from interventions.sending.provider_signatures import is_genuine

NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


@csrf_exempt
@login_not_required
@require_POST
def status(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Twilio tells what became of a message or call."""
    if not _is_from_twilio(request):
        return HttpResponseForbidden("The signature is missing or wrong.", content_type="text/plain")
    inbound.status(key=key, form=request.POST.dict())
    return HttpResponse(status=204)


@csrf_exempt
@login_not_required
@require_POST
def message(request: HttpRequest) -> HttpResponse:
    """Twilio hands on what a customer wrote."""
    if not _is_from_twilio(request):
        return HttpResponseForbidden("The signature is missing or wrong.", content_type="text/plain")
    inbound.message(form=request.POST.dict())
    return HttpResponse(NO_REPLY, content_type="text/xml")


@csrf_exempt
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """The link in an e-mail. Looking changes nothing, since mail programs look; a click does (RFC 8058)."""
    delivery = provider_addresses.delivery_of(token)
    if delivery is None:
        raise Http404
    is_done = request.method == "POST"
    if is_done:
        inbound.unsubscribe(delivery)
    with translation.override(delivery.intervention.language):
        return render(request, "interventions/provider/unsubscribe.html", {"is_done": is_done})


def _is_from_twilio(request: HttpRequest) -> bool:
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    return bool(settings.PUBLIC_BASE_URL) and is_genuine(
        given=request.headers.get("X-Twilio-Signature", ""),
        url=provider_addresses.public(request.get_full_path()),
        fields=fields,
        token=settings.TWILIO_AUTH_TOKEN,
    )
