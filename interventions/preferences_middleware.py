"""Each request is answered in the language and the time zone that its reader chose."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from interventions import preferences
from interventions.preferences import Preferences


class PreferencesMiddleware(MiddlewareMixin):
    """Behind the session and the languages of browsers, which it overrules."""

    def process_request(self, request: HttpRequest) -> None:
        chosen = preferences.remembered(request.session) or Preferences()
        preferences.use_zone(chosen.time_zone)
        if chosen.language and translation.check_for_language(chosen.language):
            translation.activate(chosen.language)
            request.LANGUAGE_CODE = chosen.language

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        preferences.use_zone("")
        return response
