"""Where the demo's pages are when the port changes."""

import pytest

from adplatform.demo.addresses import Addresses

HERE = Addresses("http://127.0.0.1:9000")


def test_it_moves_its_own_files_to_this_server():
    moved = HERE.moved("http://127.0.0.1:8000/static/demo/sofa.svg")
    assert moved == "http://127.0.0.1:9000/static/demo/sofa.svg"


def test_it_keeps_the_macros_of_the_landing_page():
    assert HERE.moved(Addresses("http://127.0.0.1:1").landing) == HERE.landing


@pytest.mark.parametrize("url", ["", "https://cdn.example.com/sofa.svg", "/static/demo/sofa.svg"])
def test_it_leaves_other_addresses_alone(url):
    assert HERE.moved(url) == url


def test_the_live_page_hands_on_the_query_of_the_template():
    page = HERE.page("http://127.0.0.1:9000/ad_server/template?customer_id=1&credentials=k1.a.b")
    assert page == (
        "http://127.0.0.1:9000/static/demo/visualizer.html?customer_id=1&credentials=k1.a.b"
    )


def test_files_for_exchanges_stay_https_on_another_port():
    before = Addresses("http://127.0.0.1:1").secure_file("spot-15.mp4")
    assert before == "https://127.0.0.1:1/static/demo/spot-15.mp4"
    assert HERE.moved(before) == HERE.secure_file("spot-15.mp4")
    secure = Addresses("https://ads.example")
    assert secure.secure_file("a.mp4") == secure.file("a.mp4")
