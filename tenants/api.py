"""API keys for the Django REST views (reports, management)."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.keys import Caller
from tenants.selectors import caller_of


@dataclass(frozen=True, slots=True)
class KeyUser:
    """Stands where Django expects a user; it is authenticated and belongs to no one."""

    caller: Caller
    is_authenticated: bool = True
    is_active: bool = True
    is_superuser: bool = False
    pk: None = None


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer adp_…``; ``request.auth`` becomes the ``Caller``."""

    def authenticate(self, request: Request) -> tuple[KeyUser | AnonymousUser, Caller] | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        caller = caller_of(header)
        if caller is None:
            raise AuthenticationFailed("the API key is unknown or revoked")
        return KeyUser(caller), caller

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return "Bearer"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tenants.api.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002
        return {"type": "http", "scheme": "bearer", "bearerFormat": "adp_…"}
