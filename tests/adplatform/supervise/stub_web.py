"""A web process that answers /readyz with the status and body it is told."""

import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Readiness(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(sys.argv[1]))
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())


if __name__ == "__main__":
    subprocess.Popen(["sleep", "600"])  # a grandchild that must not outlive the platform
    HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Readiness).serve_forever()
