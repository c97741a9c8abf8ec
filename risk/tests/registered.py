"""Staff, and models at every step of the registry, for tests."""

import itertools
from functools import cache
from typing import Any

from django.contrib.auth.models import Group, User

from customers import roles
from risk.model import registry
from risk.models import ModelVersion
from risk.tests import small_models

_numbers = itertools.count(1)


def staff(*names: str, **fields: Any) -> User:
    """A new user with these roles."""
    user = User.objects.create_user(f"staff{next(_numbers)}", **fields)
    user.groups.set(Group.objects.filter(name__in=names))
    return user


def analyst() -> User:
    """A new analyst."""
    return staff(roles.ANALYSTS)


def officer() -> User:
    """A new compliance officer."""
    return staff(roles.COMPLIANCE_OFFICERS)


@cache
def trained(*, seed: int = 0) -> bytes:
    """A small model's bytes; another seed is another model."""
    return bytes(small_models.booster(seed=seed).save_raw("ubj"))


def candidate(*, author: User | None = None, seed: int = 0, **manifest: Any) -> ModelVersion:
    """A trained model as it is saved."""
    ubj = trained(seed=seed)
    return registry.model_save(
        author=author or analyst(),
        ubj=ubj,
        manifest=small_models.manifest(ubj, **manifest),
        metrics={"roc_auc": 0.8},
    )


def validated(**fields: Any) -> ModelVersion:
    """A candidate that an analyst has validated."""
    return registry.model_validate(model=candidate(**fields), by=analyst(), findings="sound")


def approved(*, valid_until_on: Any = None, **fields: Any) -> ModelVersion:
    """A model that a compliance officer has approved."""
    return registry.model_approve(
        model=validated(**fields), by=officer(), reason="fit for use", valid_until_on=valid_until_on
    )


def active(**fields: Any) -> ModelVersion:
    """A model that scores."""
    return registry.model_activate(model=approved(**fields), by=officer())
