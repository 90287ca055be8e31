"""Settings of a laptop: embedded engines, generated secrets, http assets allowed."""

import secrets

from adplatform.settings import env
from adplatform.settings.base import *  # noqa: F403
from adplatform.settings.base import DATA_DIR

DEBUG = env.boolean("DEBUG", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],.localhost,testserver")
ALLOW_HTTP_URLS = env.boolean("ALLOW_HTTP_URLS", default=True)
# Rough, so that the demo bids on every exchange's requests.
EXCHANGE_RATES = env.exchange_rates(
    "EXCHANGE_RATES", "EUR:0.92,GBP:0.79,CHF:0.88,JPY:150,CAD:1.37,AUD:1.52,RUB:90"
)


def _generated_secret() -> str:
    """A secret made once per data directory, so that sessions and tags survive a restart."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50), encoding="utf-8")
    return path.read_text(encoding="utf-8")


SECRET_KEY = env.text("SECRET_KEY") or _generated_secret()
TOKEN_KEYS = env.token_keys("TOKEN_KEYS", SECRET_KEY)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # no collectstatic on a laptop
