"""Asking /readyz."""

import http.client
import json

ANSWER_SECONDS = 5.0


def not_ready_because(host: str, port: int) -> str:
    """Empty when /readyz answers 200; else the reason, from its body where it gives one."""
    connection = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        body = response.read().decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException) as exc:
        return f"no answer: {exc}"
    finally:
        connection.close()
    return "" if response.status == http.client.OK else _reason(response.status, body)


def _reason(status: int, body: str) -> str:
    """The failed checks of a readiness report, one after the other."""
    try:
        checks = json.loads(body)["checks"]
        failed = [f"{name}: {outcome}" for name, outcome in checks.items() if outcome != "ok"]
    except (ValueError, KeyError, TypeError, AttributeError):
        failed = []
    return "; ".join(failed) or f"/readyz answers {status} {body[:200]}"
