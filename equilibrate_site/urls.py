"""Every address of the site."""

from allauth.account import views as account_views
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

# The admin's own login knows no limit of attempts; ours does.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# Of allauth only what staff need: nobody signs up, and passwords are reset by an administrator.
account_patterns = [
    path("login/", account_views.login, name="account_login"),
    path("logout/", account_views.logout, name="account_logout"),
    # Before anybody is logged in; whoever is has settings.
    path("language/", login_not_required(set_language), name="set_language"),
    path("inactive/", account_views.account_inactive, name="account_inactive"),
    path("reauthenticate/", account_views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account_views.password_change, name="account_change_password"),
    path("2fa/", include("allauth.mfa.urls")),
]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include(account_patterns)),
    path("models/", include("risk.urls")),
    path("provider/", include("interventions.sending.provider_urls")),
    # Stands in an SMS: as short as it can be.
    path("h/", include("interventions.answering.urls")),
    path("", include("interventions.urls")),
]

handler400 = "equilibrate_site.errors.bad_request"
handler403 = "equilibrate_site.errors.permission_denied"
handler404 = "equilibrate_site.errors.page_not_found"
handler500 = "equilibrate_site.errors.server_error"
