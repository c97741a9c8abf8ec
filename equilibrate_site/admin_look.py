"""What the admin's look needs to know at each request."""

from django.http import HttpRequest
from django.templatetags.static import static


def styles(request: HttpRequest) -> str:
    """The address of our own styles, beside unfold's."""
    return static("css/admin.css")
