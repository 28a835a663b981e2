"""A stand-in for a chat model behind the OpenAI API: it counts the words of a prompt.

Like a real one, it takes a while, refuses some requests for a moment (429), and empty ones (400).
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LATENCY_SECONDS = 0.1
BUSY_EVERY = 10

requests = 0
lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        global requests
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][-1]["content"]
        with lock:
            requests += 1
            is_busy = requests % BUSY_EVERY == 0
        if not prompt:
            self.answer(400, {"error": {"message": "the prompt is empty"}})
        elif is_busy:
            self.answer(429, {"error": {"message": "too many requests"}}, {"Retry-After": "0.2"})
        else:
            time.sleep(LATENCY_SECONDS)
            words = len(prompt.split())
            message = {"role": "assistant", "content": f"{words} words"}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            usage = {"prompt_tokens": words, "completion_tokens": 2, "total_tokens": words + 2}
            answer = {"id": "1", "object": "chat.completion", "created": 0, "model": body["model"]}
            self.answer(200, {**answer, "choices": [choice], "usage": usage})

    def answer(self, status, body, headers=None):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()
