"""Filling in admin pages as a browser does: every field that the page shows, then what changed."""

from html.parser import HTMLParser

from django.test import Client
from django.urls import reverse

from tenants.roles import Role
from tests.factories import MembershipFactory, UserFactory


class FormParser(HTMLParser):
    """Names and values of the successful controls of a page (HTML 4.10.22.4)."""

    def __init__(self):
        super().__init__()
        self.data = {}
        self.select = self.textarea = None

    def add(self, name, value):
        if name and "__prefix__" not in name:
            self.data.setdefault(name, []).append(value)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "input":
            self.add_input(attrs)
        elif tag == "select":
            self.select = attrs.get("name"), "multiple" in attrs
        elif tag == "option" and self.select and "selected" in attrs:
            self.add(self.select[0], attrs.get("value", ""))
        elif tag == "textarea":
            self.textarea = [attrs.get("name"), ""]

    def add_input(self, attrs):
        kind = attrs.get("type", "text")
        if kind in {"submit", "button", "file", "image"}:
            return
        if kind in {"checkbox", "radio"} and "checked" not in attrs:
            return
        self.add(attrs.get("name"), attrs.get("value", "on" if kind == "checkbox" else ""))

    def handle_data(self, data):
        if self.textarea is not None:
            self.textarea[1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.textarea is not None:
            self.add(self.textarea[0], self.textarea[1].removeprefix("\n"))
            self.textarea = None
        if tag == "select":
            self.select = None


def client_of(tenant, role=Role.MANAGER):
    user = UserFactory()
    MembershipFactory(tenant=tenant, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def fields_of(client, address):
    parser = FormParser()
    parser.feed(client.get(address).content.decode())
    return parser.data


def submit(client, address, **changes):
    """Post the page's own fields with some changed; the page that follows, as text."""
    data = {**fields_of(client, address), **changes}
    for name in ("q", "action"):
        data.pop(name, None)
    return client.post(address, data, follow=True)


def text_of(answer):
    return answer.content.decode()


def address(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
