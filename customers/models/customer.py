"""Customer: a person or household the bank lends to."""

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.functions import Now, Reverse, Upper

from customers import roles
from customers.money import MoneyField

DEFAULT_SOURCE = "core"
# Part of keys and of command lines: nothing in it may need quoting or be taken for a separator.
SOURCE_PATTERN = r"^[a-z0-9_-]{1,32}$"
# Digits as files from banks have them: Devanagari's and the wide ones are the same numbers.
OTHER_DIGITS, DIGITS = "०१२३४५६७८९０１２３４５６７８９", "01234567890123456789"


def phone_from_its_end() -> Func:
    """A customer's telephone number as digits, the last one first, for an index that finds numbers by their end.

    However a number is spelled, it ends with the digits of its national number: country and zeros stand before them,
    and an extension, which begins with a letter or a sign, after them.
    """
    digits = Func(F("phone"), Value(OTHER_DIGITS), Value(DIGITS), function="translate")
    main = Func(digits, Value("[0-9][^[:alpha:]#;,]*"), function="substring")
    plain = Func(main, Value("[^0-9]"), Value(""), Value("g"), function="regexp_replace")
    return Reverse(plain, output_field=models.TextField())


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Sets of customers."""

    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """The customers this user may see: all for bank-wide roles, own and covered ones for managers."""
        if roles.sees_everybody(user):
            return self
        if roles.is_relationship_manager(user):
            return self.filter(Q(assigned_rm_id=user.pk) | Q(covering_rm_id=user.pk))
        return self.none()

    def ids_visible_to(self, user: AbstractBaseUser | AnonymousUser) -> QuerySet["Customer", Any]:
        """The ids of a manager's customers, own and covered, for what belongs to them.

        Indexes alone find them: their rows would lie on as many pages of the table as there are customers.
        """
        own = self.filter(assigned_rm_id=user.pk).values("pk")
        covered = self.filter(covering_rm_id=user.pk).values("pk")
        return own.union(covered, all=True)

    def at_phone(self, national_number: str) -> Self:
        """Those whose telephone number ends with these digits; the country is not looked at."""
        found = self.alias(phone_end=phone_from_its_end())
        return found.filter(phone_end__startswith=national_number[::-1])

    def at_mailbox(self, address: str) -> Self:
        """Those who have this e-mail address, whatever its case."""
        return self.filter(email__iexact=address)


class Customer(models.Model):
    """Identified by (source, bank id): two source systems may use the same number for different people."""

    source = models.CharField(max_length=32, default=DEFAULT_SOURCE)
    bank_id = models.CharField(max_length=64)
    full_name = models.CharField(max_length=200, blank=True)
    birth_on = models.DateField(null=True, blank=True)
    age_years = models.PositiveSmallIntegerField(null=True, blank=True)
    age_as_of_on = models.DateField(null=True, blank=True, help_text="the day on which the age held")
    gender = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=100, blank=True)
    city_tier = models.PositiveSmallIntegerField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, blank=True, help_text="empty: the bank's own zone")
    employment = models.CharField(max_length=32, blank=True)
    salary_amount = MoneyField(null=True, blank=True)
    expected_salary_day = models.PositiveSmallIntegerField(null=True, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=8, default="en")
    is_vulnerable = models.BooleanField(default=False)
    assigned_rm = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="customers",
        db_index=False,  # customer_of_manager is
    )
    covering_rm = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,  # customer_of_cover is
        help_text="looks after the customer while the assigned one cannot",
    )
    is_provisional = models.BooleanField(
        default=False, help_text="known from transactions only, until an import completes it"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        # The filters and the search of the queue; a search finds any word of a name by its beginning.
        indexes = [
            models.Index(fields=["assigned_rm", "id"], name="customer_of_manager"),
            models.Index(fields=["covering_rm", "id"], name="customer_of_cover"),
            models.Index(fields=["city"], name="customer_by_city"),
            models.Index(fields=["employment"], name="customer_by_employment"),
            models.Index(fields=["full_name", "id"], name="customer_in_order_of_names"),
            models.Index(fields=["bank_id"], name="customer_by_id_prefix", opclasses=["varchar_pattern_ops"]),
            GinIndex(SearchVector("full_name", config="simple"), name="customer_by_name"),
            # By whom a reply is, such as STOP.
            models.Index(
                OpClass(phone_from_its_end(), name="text_pattern_ops"), name="customer_by_phone_end"
            ),
            models.Index(Upper("email"), name="customer_by_mailbox"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["source", "bank_id"], name="customer_by_bank_id"),
            models.CheckConstraint(
                condition=Q(source__regex=SOURCE_PATTERN), name="customer_source_is_a_plain_word"
            ),
            models.CheckConstraint(
                condition=Q(expected_salary_day__isnull=True) | Q(expected_salary_day__range=(1, 31)),
                name="customer_salary_day_is_a_day",
            ),
            models.CheckConstraint(
                condition=Q(age_years__isnull=True) | Q(age_as_of_on__isnull=False),
                name="customer_age_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or f"Customer {self.bank_id}"
