"""adplatform/problems.py: a path that is none."""


def test_an_unknown_path_below_api_is_a_problem(client):
    answer = client.get("/api/blah/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["title"] == "Not Found"


def test_an_unknown_path_elsewhere_is_a_page(client):
    answer = client.get("/blah/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
