"""GPP strings: sections by their ids, opt-outs, and doubt that counts as an opt-out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtb.consent.gpp import OPT_OUTS, Platform, read, us_privacy_opts_out
from tests.rtb.consent.strings import gpp_string, us_section

NOBODY = us_section({18: 2, 20: 2, 22: 2})


def test_it_reads_the_specifications_own_examples():
    europe = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
    assert read(f"DBACNYA~{europe}~1YNN", (2, 6)) == Platform(europe=europe)
    assert read(f"DBABjw~{europe}~1YNN", (6,)) == Platform()
    assert read(f"DBABjw~{europe}~1YYN", (6,)) == Platform(opted_out=True)


@pytest.mark.parametrize(("section", "places"), sorted(OPT_OUTS.items()))
def test_each_opt_out_counts(section: int, places: tuple[int, ...]):
    free = dict.fromkeys(places, 2)
    assert not read(gpp_string({section: us_section(free)}), (section,)).opted_out
    for place in places:
        text = gpp_string({section: us_section({**free, place: 1})})
        assert read(text, (section,)).opted_out


def test_global_privacy_control_counts():
    for gpc in (True, False):
        text = gpp_string({7: us_section({18: 2}, gpc=gpc)})
        assert read(text, (7,)).opted_out is gpc


@pytest.mark.parametrize(("section", "version", "at"), [(7, 1, 48), (7, 2, 60), (8, 1, 36)])
def test_a_known_child_counts(section: int, version: int, at: int):
    assert read(gpp_string({section: us_section({at: 2}, version=version)}), (section,)).opted_out


def test_a_section_that_does_not_apply_changes_nothing():
    text = gpp_string({7: us_section({18: 1}), 8: us_section({12: 2})})
    assert not read(text, (8,)).opted_out
    assert read(text, (7, 8)).opted_out


def test_without_ids_every_american_section_applies():
    assert read(gpp_string({8: us_section({12: 1})}), ()).opted_out
    assert not read(gpp_string({2: "C", 8: us_section({12: 2})}), ()).opted_out


@pytest.mark.parametrize("ids", [(-1,), (0,), (-1, 0)])
def test_it_believes_that_no_section_applies(ids: tuple[int, ...]):
    assert read(gpp_string({7: us_section({18: 1})}), ids) == Platform()


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", (7,)),
        ("rubbish", (7,)),
        (gpp_string({7: ""}), (7,)),
        (gpp_string({7: NOBODY[:3]}), (7,)),
        (gpp_string({7: us_section({}, version=3)}), (7,)),
        (gpp_string({8: us_section({})}), (7,)),
        (gpp_string({23: us_section({})}), (23,)),
        (gpp_string({7: NOBODY}) + "~more", (7,)),
        (gpp_string({6: ""}), (6,)),
    ],
)
def test_what_is_not_understood_is_an_opt_out(text: str, ids: tuple[int, ...]):
    assert read(text, ids).opted_out


def test_europe_without_its_string_is_europe_without_consent():
    assert read("", (2,)).europe == ""


@pytest.mark.parametrize(
    ("text", "out"),
    [
        *(("", False), ("1YNN", False), ("1---", False), ("1YYN", True), ("1yyn", True)),
        *(("2YNN", True), ("1YN", True), ("1YNNN", True), ("nonsense", True)),
    ],
)
def test_the_us_privacy_string(text: str, out):
    assert us_privacy_opts_out(text) is out


@given(st.sets(st.integers(6, 27), min_size=1), st.data())
def test_every_section_is_found_behind_its_header(ids: set[int], data: st.DataObject):
    out = data.draw(st.sampled_from(sorted(ids)))
    sections = {
        each: ("1YYN" if each == out else "1YNN")
        if each == 6
        else us_section(dict.fromkeys(OPT_OUTS.get(each, ()), 1 if each == out else 2))
        for each in ids
    }
    text = gpp_string(sections)
    for each in ids:
        assert read(text, (each,)).opted_out == (
            each == out or (each != 6 and each not in OPT_OUTS)
        )


@given(
    st.text(max_size=200) | st.from_regex(r"D[\w-]{4,60}(~[\w.-]{0,60}){0,5}"),
    st.tuples(st.integers(-5, 40)),
)
def test_no_string_makes_it_fail(text: str, ids: tuple[int, ...]):
    assert isinstance(read(text, ids), Platform)
