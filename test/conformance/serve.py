"""A server for cases: files of a directory with their dates, redirects, tokens, and git repositories below /git/.

Prints its port, and exits at the end of its standard input.
"""
import http.server
import os
import subprocess
import sys
import threading
import urllib.parse

ROOT = os.path.abspath(sys.argv[1])


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *words):
        super().__init__(*words, directory=ROOT)

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path.startswith("/git/"):
            return self.git()
        if path.startswith("/redirect/"):
            return self.answer(302, [("Location", path[len("/redirect"):])])
        if path.startswith("/dateless/"):
            return self.answer(200, [], open(ROOT + path[len("/dateless"):], "rb").read())
        if path.startswith("/private/"):
            if self.headers.get("Authorization") != "Bearer token of the case":
                return self.answer(401, [])
            self.path = path[len("/private"):]
        super().do_GET()

    do_POST = do_GET

    def answer(self, status, headers, body=b""):
        self.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def git(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path.startswith("/git/private") and self.headers.get("Authorization") != "basic eC1hY2Nlc3MtdG9rZW46dG9rZW4=":
            return self.answer(401, [("WWW-Authenticate", "Basic")])
        env = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": ROOT + "/git", "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant", "GIT_CONFIG_VALUE_1": "true",
            "PATH_INFO": url.path[len("/git"):], "QUERY_STRING": url.query, "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_ADDR": "127.0.0.1",
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        if self.headers.get("Transfer-Encoding") == "chunked":
            sent = b""
            while size := int(self.rfile.readline(), 16):
                sent += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        env["CONTENT_LENGTH"] = str(len(sent))
        output = subprocess.run(["git", "http-backend"], env=env, input=sent, stdout=subprocess.PIPE).stdout
        head, _, body = output.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        self.answer(status, [pair for pair in headers if pair[0] not in ("Status", "Content-Length")], body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
