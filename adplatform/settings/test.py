"""Settings of the tests: the engines that tests/engines.py started, nothing else differs."""

from adplatform.settings import env
from adplatform.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = "tests-only-secret-key-with-more-than-fifty-characters-in-it"  # noqa: S105
TOKEN_KEYS = env.token_keys("TOKEN_KEYS", SECRET_KEY)
ALLOWED_HOSTS = ["*"]
ALLOW_HTTP_URLS = True
REDIS_TIMEOUT_MS = 5000  # a busy test machine is not an outage
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # logins are not under test
AXES_ENABLED = False  # the test client logs in without a request; one test turns it on
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # no collectstatic before tests
WHITENOISE_AUTOREFRESH = True
