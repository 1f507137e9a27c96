"""All addresses. Each app brings its pages in `urls.py` and its part of the API in `api_urls.py`."""

from django.urls import include, path

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"

urlpatterns = [
    # Programs ask more often than people do, so theirs come first.
    path("api/v1/", include("config.api_urls")),
    path("api/v1/", include("accounts.api_urls")),
    path("api/v1/", include("registry.api_urls")),
    path("api/v1/", include("approvals.api_urls")),
    path("api/v1/", include("activity.api_urls")),
    path("api/v1/", include("imports.api_urls")),
    path("api/v1/", include("insights.api_urls")),
    path("api/v1/", include("notifications.api_urls")),
    # Foreign clients' protocols, each with all of its prefixes.
    path("", include("gateways.databricks.urls")),
    path("", include("gateways.mlflow.urls")),
    path("", include("gateways.verta.urls")),
    path("", include("gateways.arthur.urls")),
    path("accounts/", include("accounts.sign_in_urls")),
    path("", include("config.pages_urls")),
    path("", include("accounts.urls")),
    path("", include("registry.urls")),
    path("", include("approvals.urls")),
    path("", include("activity.urls")),
    path("", include("imports.urls")),
    path("", include("gto.urls")),
    path("", include("insights.urls")),
    path("", include("notifications.urls")),
    path("", include("operations.urls")),
]
