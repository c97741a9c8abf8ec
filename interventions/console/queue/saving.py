"""Saved views of the queue: made, changed, given up. What others see because of it is audited."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _

from audit.services import record
from customers import roles
from interventions.console.filters import QueueAddress
from interventions.models import DefaultView, SavedView

MOST_VIEWS = 50
# Text that somebody searched for may be a customer's name, which the audit could not forget.
SEARCH = "q"


class ViewRefused(Exception):
    """It cannot be kept; says why in words."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A view as somebody wants it.

    Args:
        query: of an address; kept as the queue itself would write it.
        shared_with: a role; "": nobody else sees it.
    """

    name: str
    query: str
    density: str = SavedView.Density.NORMAL
    shared_with: str = ""


def canonical(query: str) -> str:
    """What a view keeps of an address: filters, order and columns."""
    return written(QueueAddress.read(QueryDict(query.lstrip("?"))))


def written(address: QueueAddress) -> str:
    """An address as a view keeps it."""
    return urlencode(address.view_parameters())


def may_share(user: User) -> bool:
    """Whether somebody shares views with others."""
    return roles.SUPERVISORS in roles.of(user)


def may_change(user: User, view: SavedView) -> bool:
    """Whether a view is theirs to change: their own, or shared and they are a supervisor."""
    return view.owner_id == user.pk or (bool(view.shared_with) and may_share(user))


@transaction.atomic
def view_save(*, by: User, wanted: Wanted) -> SavedView:
    """Keep a view under a new name.

    Raises:
        ViewRefused: there is one of that name, or there are too many.
        PermissionDenied: only supervisors share.
    """
    _refuse_sharing(by, wanted.shared_with)
    _refuse_name(by, wanted.name)
    if SavedView.objects.filter(owner=by).count() >= MOST_VIEWS:
        raise ViewRefused(_("You have %(most)d views. Delete one first.") % {"most": MOST_VIEWS})
    view = SavedView.objects.create(
        owner=by,
        name=wanted.name,
        query=canonical(wanted.query),
        density=wanted.density,
        shared_with=wanted.shared_with,
    )
    if view.shared_with:
        _tell(view, "shared", by)
    return view


@transaction.atomic
def view_change(*, view_id: int, by: User, wanted: Wanted) -> SavedView:
    """Rename a view, keep other filters under its name, or share it with others.

    Raises:
        SavedView.DoesNotExist: they do not see it.
        ViewRefused: its owner has one of that name.
        PermissionDenied: it is another's; or only supervisors share.
    """
    view = _own(view_id, by)
    if wanted.shared_with != view.shared_with:
        _refuse_sharing(by, wanted.shared_with)
    if wanted.name != view.name:
        _refuse_name(view.owner, wanted.name)
    was_shared_with, view.shared_with = view.shared_with, wanted.shared_with
    view.name, view.query, view.density = wanted.name, canonical(wanted.query), wanted.density
    view.save()
    if view.shared_with:
        _tell(view, "changed" if was_shared_with else "shared", by)
    elif was_shared_with:
        _tell(view, "unshared", by)
    return view


@transaction.atomic
def view_delete(*, view_id: int, by: User) -> None:
    """Delete a view; whoever begins with it begins with everybody again.

    Raises:
        SavedView.DoesNotExist, PermissionDenied: as in `view_change`.
    """
    view = _own(view_id, by)
    if view.shared_with:
        _tell(view, "deleted", by)
    view.delete()


def begin_with(*, by: User, view_id: int | None) -> None:
    """Have somebody's queue begin with a view they see, or with everybody.

    Raises:
        SavedView.DoesNotExist: they do not see it.
    """
    if view_id is None:
        DefaultView.objects.filter(user=by).delete()
        return
    view = SavedView.objects.visible_to(by).get(pk=view_id)
    DefaultView.objects.update_or_create(user=by, defaults={"view": view})


def default_of(user: User) -> SavedView | None:
    """The view with which somebody's queue begins, as long as they see it."""
    return SavedView.objects.visible_to(user).filter(pk__in=_defaults(user)).first()


def _defaults(user: User) -> Any:
    return DefaultView.objects.filter(user=user).values("view")


def _own(view_id: int, by: User) -> SavedView:
    view = SavedView.objects.visible_to(by).select_for_update(of=("self",)).get(pk=view_id)
    if not may_change(by, view):
        raise PermissionDenied(_("This view is another's. You may save it under a name of your own."))
    return view


def _refuse_sharing(by: User, role: str) -> None:
    if role and not may_share(by):
        raise PermissionDenied(_("Only supervisors share views."))


def _refuse_name(owner: User, name: str) -> None:
    # One at a time for each owner: two forms sent at once do not both find the name free.
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
    if SavedView.objects.filter(owner=owner, name=name).exists():
        raise ViewRefused(_("There is a view of this name already. Choose another name."))


def _tell(view: SavedView, verb: str, by: User) -> None:
    kept = [(name, value) for name, value in QueryDict(view.query).lists() if name != SEARCH]
    record(
        action=f"interventions.view.{verb}",
        subject_type="saved_view",
        subject_id=view.pk,
        actor=by,
        detail={"shared_with": view.shared_with, "filters": dict(kept)},
    )
