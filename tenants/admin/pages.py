"""Small pages around admin actions: confirm before something changes, show a secret once."""

from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret with the words around it; ``back_url`` is where the person goes next."""

    title: str
    label: str
    text: str
    advice: str
    back_url: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before a POST changes anything."""

    title: str
    text: str
    button: str
    back_url: str
    problems: tuple[str, ...] = ()


def show_once(request: HttpRequest, secret: Secret) -> HttpResponse:
    """An answer to a POST, never stored: reloading it does not bring the secret back."""
    context = {**admin.site.each_context(request), "title": secret.title, "secret": secret}
    response = render(request, "admin/tenants/show_once.html", context)
    response["Cache-Control"] = "no-store"
    return response


def confirm(request: HttpRequest, question: Question) -> HttpResponse:
    """A page whose one button posts back to the same address."""
    context = {**admin.site.each_context(request), "title": question.title, "question": question}
    return render(request, "admin/tenants/confirm.html", context)
