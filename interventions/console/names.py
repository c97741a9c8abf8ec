"""How a customer is found by what staff call them."""

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q

from customers.models.customer import CustomerQuerySet

# What has a meaning of its own in a text search query.
NOT_IN_QUERIES = str.maketrans(dict.fromkeys("'\\&|!():*<>", " "))


def named(customers: CustomerQuerySet, text: str) -> CustomerQuerySet:
    """Those whose number at the bank begins with a text, or whose name has words that begin with its words.

    Both are in indexes. Whoever limits what is found, lets PostgreSQL find some thousand before it sorts them: for a
    few it would rather read every customer.
    """
    return customers.alias(words=SearchVector("full_name", config="simple")).filter(_matches(text))


def _matches(text: str) -> Q:
    by_id = Q(bank_id__startswith=text)
    words = text.translate(NOT_IN_QUERIES).split()
    terms = " & ".join(f"'{word}':*" for word in words)
    return by_id | Q(words=SearchQuery(terms, config="simple", search_type="raw")) if terms else by_id
