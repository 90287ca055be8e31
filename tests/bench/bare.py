"""The yardstick: an empty Django view without middleware, on the server that serves the doors."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="nothing is signed here",
    MIDDLEWARE=[],
    LOGGING_CONFIG=None,
)


def empty(_: HttpRequest) -> HttpResponse:
    return HttpResponse(b"ok")


urlpatterns = [path("empty", empty)]
application = get_wsgi_application()
