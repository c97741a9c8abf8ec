"""Static files under ASGI."""

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # it ships no types
    """WhiteNoise without streaming: under ASGI Django would read a synchronous stream whole, and warn."""

    @staticmethod
    def serve(static_file, request: HttpRequest) -> HttpResponse:  # type: ignore[no-untyped-def]  # WhiteNoise's own
        """Answer with the file, or with what has not changed since."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file:
                content = found.file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["content-type"]
        for key, value in found.headers:
            response[key] = value
        return response
