"""Loading lists of sources, and the snapshot that hears of them."""

from io import BytesIO, StringIO
from ipaddress import ip_address

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from adserving import refresh
from adserving.addresses.lists import listed_sources
from adserving.models import SourceList
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def load(tmp_path):
    def run(*lines: str, name="datacenter", options=()):
        path = tmp_path / "list.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        out = StringIO()
        call_command("load_ip_list", str(path), f"--name={name}", *options, stdout=out)
        return out.getvalue()

    return run


def listed(text: str) -> bool:
    return ip_address(text) in listed_sources()


def test_a_file_adds_to_its_list(load):
    load("192.0.2.0/25")
    assert "datacenter: 2 ranges" in load("2001:db8::/32")
    assert listed("192.0.2.1")
    assert listed("2001:db8::1")


def test_replace_makes_the_list_the_file(load):
    load("192.0.2.0/25")
    load("198.51.100.1", options=["--replace"])
    assert not listed("192.0.2.1")
    assert listed("198.51.100.1")


def test_remove_takes_the_files_addresses_out(load):
    load("192.0.2.0/24")
    load("192.0.2.7", options=["--remove"])
    assert not listed("192.0.2.7")
    assert listed("192.0.2.8")


def test_remove_without_a_file_deletes_the_list(load):
    load("192.0.2.0/24")
    load("192.0.2.0/25", name="proxies")
    call_command("load_ip_list", "--name=datacenter", "--remove", stdout=StringIO())
    assert [row.name for row in SourceList.objects.all()] == ["proxies"]
    assert not listed("192.0.2.200")


def test_nonsense_is_named_and_nothing_is_loaded(load):
    load("192.0.2.0/24")
    with pytest.raises(CommandError, match=r"line 2: 'nonsense'.*nothing was changed"):
        load("198.51.100.1", "nonsense", options=["--replace"])
    assert listed("192.0.2.1")
    assert not listed("198.51.100.1")


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("no such list", [], "is no name"),
        ("other", ["--remove"], "there is no list 'other'; there are: none"),
    ],
)
def test_a_wrong_name_is_refused(load, name, options, says):
    with pytest.raises(CommandError, match=says):
        load("192.0.2.1", name=name, options=options)
    assert not SourceList.objects.exists()


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_ip_list", str(tmp_path / "none.txt"), "--name=datacenter")
    with pytest.raises(CommandError, match="name a file"):
        call_command("load_ip_list", "--name=datacenter")


def test_standard_input_is_a_file_too(monkeypatch):
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": BytesIO(b"192.0.2.9\n")}))
    call_command("load_ip_list", "-", "--name=datacenter", stdout=StringIO())
    assert listed("192.0.2.9")


def test_the_snapshot_holds_every_list(load):
    load("192.0.2.0/24")
    load("198.51.100.0/24", name="proxies")
    found = refresh.reload_snapshot().listed_sources
    assert ip_address("192.0.2.1") in found
    assert ip_address("198.51.100.1") in found


def test_web_processes_hear_of_a_change():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'adserving_sourcelist'::regclass"
        )
        assert "adserving_sourcelist_notify" in {name for (name,) in cursor.fetchall()}


def test_only_operators_see_the_lists_and_nobody_edits_them_there(load, client):
    load("192.0.2.0/24")
    page = reverse("admin:adserving_sourcelist_changelist")
    client.force_login(MembershipFactory(user__is_staff=True).user)
    assert client.get(page).status_code == 403
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    assert b"datacenter" in client.get(page).content
    assert client.get(reverse("admin:adserving_sourcelist_add")).status_code == 403
