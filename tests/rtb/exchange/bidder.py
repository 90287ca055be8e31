"""A bidder that somebody else runs: it answers, and remembers what it was sent."""

import gzip
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.rtb.exchange.answers import markup

PAGE = '<script type="application/json" id="adp-config">{"decision_url":"%s/decision"}</script>'


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bidder: "Bidder"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.bidder.connections.add(self.client_address)
        if self.path == "/bid":
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            self._answer(*self.bidder.bid(json.loads(body)))
        else:
            self._other()

    def do_GET(self) -> None:
        self._other()

    def _other(self) -> None:
        path = self.path.partition("?")[0]
        self.bidder.calls.append((self.command, self.path))
        self.bidder.headers.append(dict(self.headers))
        if path == "/click":
            self.send_response(302)
            self.send_header("Location", "https://shop.example")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        bodies = {"/page": PAGE % self.bidder.url, "/decision": json.dumps(self.bidder.decision)}
        known = bodies.get(path)
        self._answer(200 if known else 204, (known or "").encode())

    def _answer(self, status: int, body: bytes) -> None:
        if body:
            body = gzip.compress(body)
        self.send_response(status)
        if body:
            self.send_header("Content-Encoding", "gzip")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Bidder:
    """Bids 3 dollars on every banner; ``spoil`` changes an answer before it is sent."""

    def __init__(self) -> None:
        self.requests: list[dict] = []
        self.calls: list[tuple[str, str]] = []  # method and target of everything else
        self.headers: list[dict[str, str]] = []  # of those
        self.connections: set[tuple[str, int]] = set()
        self.spoil: Callable[[dict], dict] = lambda told: told
        self.status = 200
        self.frames = False
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Bound", (Handler,), {"bidder": self})
        )
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.bid_url = f"{self.url}/bid"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def decision(self) -> dict:
        names = ("impression", "viewable", "click")
        return {"ad_id": "1-2", **{f"{each}_url": f"{self.url}/{each}" for each in names}}

    def bid(self, asked: dict) -> tuple[int, bytes]:
        self.requests.append(asked)
        bids = [self._banner(asked, imp) for imp in asked["imp"] if self._takes(imp)]
        if not bids:
            return 204, b""
        cur = asked.get("cur", ["USD"])[0]
        told = {"id": asked["id"], "cur": cur, "seatbid": [{"seat": "s", "bid": bids}]}
        return self.status, json.dumps(self.spoil(told)).encode()

    def _takes(self, imp: dict) -> bool:
        banner = imp.get("banner")
        is_private = imp.get("pmp", {}).get("private_auction")
        return banner is not None and 4 not in banner.get("btype", []) and not is_private

    def _banner(self, asked: dict, imp: dict) -> dict:
        size, rtb_id = imp["banner"]["format"][0], f"{asked['id'][:20]}{imp['id']}"
        secure = self.url.replace("http:", "https:")
        framed = f'<iframe src="{secure}/page"></iframe>'
        return {
            "id": rtb_id,
            "impid": imp["id"],
            "price": max(3.0, imp.get("bidfloor", 0.0) * 200),
            "adm": framed if self.frames else markup("banner", secure),
            "adomain": ["maple.example"],
            "cid": "7",
            "crid": "9",
            "mtype": 1,
            **size,
            "nurl": f"{self.url}/win?b={rtb_id}&p=${{AUCTION_PRICE}}&m=${{AUCTION_MIN_TO_WIN}}",
            "burl": f"{self.url}/bill?b={rtb_id}&p=${{AUCTION_PRICE}}",
            "lurl": f"{self.url}/loss?b={rtb_id}&r=${{AUCTION_LOSS}}",
        }

    def asked_for(self, path: str) -> list[str]:
        """The targets of calls to one path."""
        return [target for _method, target in self.calls if target.partition("?")[0] == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
