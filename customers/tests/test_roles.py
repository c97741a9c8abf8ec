"""Who sees which customers."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User

from customers import roles
from customers.models import Customer
from customers.services import customers_assign_unassigned
from customers.tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db


def user_with(*names: str, is_active: bool = True, is_superuser: bool = False) -> User:
    number = User.objects.count()
    user = User.objects.create(username=f"user{number}", is_active=is_active, is_superuser=is_superuser)
    user.groups.set(Group.objects.filter(name__in=names))
    return user


def seen_by(user: User | AnonymousUser) -> set[str]:
    return set(Customer.objects.visible_to(user).values_list("bank_id", flat=True))


@pytest.fixture
def manager() -> User:
    return user_with(roles.RELATIONSHIP_MANAGERS)


@pytest.fixture(autouse=True)
def portfolio(manager: User) -> None:
    """One customer of the manager, one of a colleague, one of nobody."""
    CustomerFactory.create(bank_id="mine", assigned_rm=manager)
    CustomerFactory.create(bank_id="theirs", assigned_rm=user_with(roles.RELATIONSHIP_MANAGERS))
    CustomerFactory.create(bank_id="nobodys")


def test_migration_made_the_four_roles() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(roles.ALL)


def test_manager_sees_their_own_customers(manager: User) -> None:
    assert seen_by(manager) == {"mine"}
    assert roles.is_relationship_manager(manager)
    assert not roles.sees_everybody(manager)


@pytest.mark.parametrize("role", sorted(roles.BANK_WIDE))
def test_bank_wide_roles_see_everybody(role: str) -> None:
    assert seen_by(user_with(role)) == {"mine", "theirs", "nobodys"}


def test_supervisor_who_also_manages_sees_everybody() -> None:
    both = user_with(roles.RELATIONSHIP_MANAGERS, roles.SUPERVISORS)

    assert seen_by(both) == {"mine", "theirs", "nobodys"}


@pytest.mark.parametrize(
    ("names", "is_active", "is_superuser"),
    [((), True, False), ((), True, True), ((roles.SUPERVISORS,), False, False)],
    ids=["no role", "superuser without a role", "inactive supervisor"],
)
def test_others_see_nobody(names: tuple[str, ...], is_active: bool, is_superuser: bool) -> None:
    assert seen_by(user_with(*names, is_active=is_active, is_superuser=is_superuser)) == set()


def test_anonymous_visitor_sees_nobody() -> None:
    assert seen_by(AnonymousUser()) == set()


def test_roles_are_read_once_per_user_object(manager: User, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert roles.of(manager) == roles.of(manager) == {roles.RELATIONSHIP_MANAGERS}


def test_unassigned_customers_are_shared_evenly() -> None:
    for _ in range(7):
        CustomerFactory.create()
    user_with(roles.RELATIONSHIP_MANAGERS, is_active=False)

    assert customers_assign_unassigned() == 8

    managed = [Customer.objects.visible_to(user).count() for user in User.objects.filter(is_active=True)]
    assert sorted(managed) == [5, 5]
    assert customers_assign_unassigned() == 0


def test_without_managers_nobody_is_assigned() -> None:
    User.objects.all().update(is_active=False)

    assert customers_assign_unassigned() == 0
    assert Customer.objects.filter(assigned_rm=None).count() == 1
