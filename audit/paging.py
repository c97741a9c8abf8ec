"""Pages of lists that nobody counts: one row more than shown is read, which tells whether there are others."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page
from django.http import HttpRequest
from django.utils.functional import cached_property

if TYPE_CHECKING:
    # Unfold ships no types; these are what it builds upon, and generic to the type checker only.
    from django.contrib.admin.views.main import ChangeList
    from django.core.paginator import Paginator

    AnyPage = Page[Any]
    InfinitePaginator = Paginator[Any]
else:
    from unfold.paginator import InfinitePaginator
    from unfold.views import ChangeList

    AnyPage = Page

# Every page passes over the rows before it: who wants to go further back narrows the search.
MOST_PAGES = 200


class Pages(InfinitePaginator):
    """Pages without a count. It knows of the page that was asked for last what its foot says."""

    template_name = "admin/pages.html"
    first = last = 0
    has_more = False

    @cached_property
    def count(self) -> int:
        """What Django needs to number pages; shown nowhere."""
        return self.per_page * MOST_PAGES

    def page(self, number: int | str) -> AnyPage:
        number = self.validate_number(number)
        before = (number - 1) * self.per_page
        rows = list(self.object_list[before : before + self.per_page + 1])
        self.has_more = len(rows) > self.per_page
        rows = rows[: self.per_page]
        self.first, self.last = before + 1, before + len(rows)
        return Page(rows, number, self)

    @property
    def is_at_limit(self) -> bool:
        """Whether there are more rows than pages are shown."""
        return self.has_more and self.last >= self.count


class Uncounted(ChangeList):
    """A list that says no number of results, since nobody counted them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # Unfold writes the one as a count where it differs from the other.
        self.full_result_count = self.result_count
