"""The links to a customer's own page: what stands in a message, and whose page it leads to.

A token is made anew from the case, the text and the channel whenever a message is written, so that a preview, a draft
and what is sent read alike; stored is its hash alone. It leads somewhere once a message with it is in the outbox.
"""

import datetime as dt
import hashlib
import string

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from audit.services import record
from customers import bank_clock, roles
from customers.models import Customer
from interventions.models import Case, Channel, Delivery, PageLink

CHANNELS = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.EMAIL})
TOKEN_LETTERS = 22
MAY_REVOKE = frozenset({roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS, roles.COMPLIANCE_OFFICERS})
_SALT = "interventions.customer_page"
_ALPHABET = string.digits + string.ascii_letters


class LinkRefused(ValueError):
    """Nothing was changed; the text says why."""


def address_of(*, case: Case, template_id: int, channel: str) -> str:
    """The address that a message of this case carries; "" where there is no page, or none by this channel."""
    if not is_on() or channel not in CHANNELS:
        return ""
    return public_address(_token(case=case, template_id=template_id, channel=channel))


def is_on() -> bool:
    """Whether customers have a page: it needs an address that the world can reach."""
    return bool(settings.CUSTOMER_PAGE and settings.PUBLIC_BASE_URL)


def public_address(token: str) -> str:
    """Where a token leads, as the world sees it."""
    return f"{settings.PUBLIC_BASE_URL.rstrip('/')}{reverse('customer_page', args=[token])}"


def issue(delivery: Delivery) -> PageLink | None:
    """Have the link in a message that was queued lead somewhere; None where the words carry none.

    In the caller's transaction, which holds the customer's lock. A later message with the same link lengthens its life.
    """
    case, message = delivery.case, delivery.intervention
    address = address_of(case=case, template_id=message.template_id, channel=delivery.channel)
    if not address or address not in delivery.body:
        return None
    now = bank_clock.now()
    token = _token(case=case, template_id=message.template_id, channel=delivery.channel)
    ends_at = max(now, delivery.not_before_at) + dt.timedelta(days=settings.CUSTOMER_PAGE_DAYS)
    link, is_new = PageLink.objects.update_or_create(
        token_sha256=digest(token),
        defaults={"delivery": delivery, "expires_at": ends_at},
        create_defaults={
            "delivery": delivery,
            "expires_at": ends_at,
            "customer_id": delivery.customer_id,
            "case": case,
            "channel": delivery.channel,
            "purpose": message.purpose,
            "language": message.language,
            "made_at": now,
        },
    )
    _recorded(link, "made" if is_new else "lengthened", by=None, expires_at=ends_at.isoformat())
    return link


def found(token: str) -> PageLink | None:
    """The link whose token it is, while it leads anywhere; None: wrong, expired, revoked or switched off."""
    if not is_on() or len(token) != TOKEN_LETTERS or not token.isascii() or not token.isalnum():
        return None
    return (
        PageLink.objects.filter(token_sha256=digest(token), revoked_at=None, expires_at__gt=bank_clock.now())
        .select_related("customer", "case", "delivery")
        .first()
    )


@transaction.atomic
def revoke(*, case: Case, by: User, reason: str) -> int:
    """Have the links of a case lead nowhere any more; returns how many did. Messages written later get another.

    Raises:
        PermissionDenied: `by` does not look after this customer.
        LinkRefused: no reason is given, or no link leads anywhere.
    """
    visible = Customer.objects.visible_to(by).filter(pk=case.customer_id)
    if not roles.of(by) & MAY_REVOKE or not visible.exists():
        raise PermissionDenied(_("Only those who look after a customer may switch their links off."))
    if not reason.strip():
        raise LinkRefused(_("Say why the link is switched off."))
    links = list(standing(case).select_for_update().order_by("pk"))
    if not links:
        raise LinkRefused(_("No link of this case leads anywhere any more."))
    for link in links:
        link.revoked_at, link.revoked_by, link.revoke_reason = bank_clock.now(), by, reason.strip()
        link.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        _recorded(link, "revoked", by=by, reason=link.revoke_reason)
    return len(links)


def standing(case: Case) -> QuerySet[PageLink]:
    """The links of a case that lead somewhere now."""
    return PageLink.objects.filter(case=case, revoked_at=None, expires_at__gt=bank_clock.now())


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _token(*, case: Case, template_id: int, channel: str) -> str:
    """128 bits that only we can make; after a revocation others."""
    revoked = PageLink.objects.filter(
        case=case, delivery__template_id=template_id, channel=channel, revoked_at__isnull=False
    ).count()
    of = f"{case.pk}:{template_id}:{channel}:{revoked}"
    number = int.from_bytes(salted_hmac(_SALT, of, algorithm="sha256").digest()[:16])
    letters = ""
    for _place in range(TOKEN_LETTERS):
        number, letter = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[letter]
    return letters


def _recorded(link: PageLink, verb: str, *, by: User | None, reason: str = "", **detail: str) -> None:
    record(
        action=f"interventions.page_link.{verb}",
        subject_type="page_link",
        subject_id=link.pk,
        actor=by,
        customer=link.customer_id,
        reason=reason,
        detail={
            "customer_id": link.customer_id,
            "case_id": link.case_id,
            "channel": link.channel,
            "delivery": str(link.delivery_id),
            **detail,
        },
    )
