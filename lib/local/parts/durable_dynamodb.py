"""ministack with a DynamoDB that survives kill -9: `python durable_dynamodb.py`, settings by environment.

ministack writes its state only when it ends in order. Here every DynamoDB call that may change
something is appended to a journal before its answer is sent, and at the start the journal is sent
again on top of the last snapshot. A snapshot names the journal that continues it, so that nothing
is applied twice. The files are written without fsync: they survive the process, not a power cut.

It is served by uvicorn, which parses HTTP in C: a write costs two thirds of what it does under
ministack's own server, on cores that the flow shares with it.
"""

import asyncio
import json
import os
import re

import uvicorn
from ministack import app as server
from ministack.core import persistence
from ministack.services import dynamodb

SNAPSHOT_EVERY_BYTES = 32 * 1024 * 1024
READS = re.compile(r"DynamoDB_\d+\.(BatchGet|TransactGet|Describe|Get|List|Query|Scan|Search)")
KEPT_HEADERS = (b"host", b"content-type", b"x-amz-target", b"authorization")

serve_request = server.app
copy_of_state = dynamodb.get_state
one_write_at_a_time = asyncio.Lock()  # so that the journal's order is the order of execution


class Journal:
    def __init__(self):
        self.number = 0
        self.file = None
        self.size = 0

    def path(self, number):
        return os.path.join(persistence.STATE_DIR, f"dynamodb-{number:08d}.journal")

    def numbers(self):
        names = os.listdir(persistence.STATE_DIR)
        return sorted(int(n[9:-8]) for n in names if re.fullmatch(r"dynamodb-\d{8}\.journal", n))

    def open_next(self):
        if self.file:
            self.file.close()
        self.number = max([self.number, *self.numbers()]) + 1
        self.file = open(self.path(self.number), "ab")
        self.size = 0

    def append(self, entry):
        line = json.dumps(entry).encode() + b"\n"
        self.file.write(line)
        self.file.flush()
        self.size += len(line)

    def entries(self, number):
        with open(self.path(number), "rb") as file:
            for line in file:
                if line.endswith(b"\n"):  # a last line without end was never answered
                    yield json.loads(line)


journal = Journal()


def state_and_next_journal():
    """What a snapshot is made of, also ministack's own at its end."""
    state = copy_of_state()
    journal.open_next()
    return {**state, "journal": journal.number}


def first_wanted_journal():
    return (persistence.load_state("dynamodb") or {}).get("journal", 0)


def take_snapshot():
    persistence.save_state("dynamodb", dynamodb.get_state())
    for number in journal.numbers():
        if number < first_wanted_journal():
            os.remove(journal.path(number))


async def replay():
    wanted = [number for number in journal.numbers() if number >= first_wanted_journal()]
    for number in wanted:
        for entry in journal.entries(number):
            await call(entry)
    take_snapshot()


async def call(entry):
    headers = [(name.encode(), value.encode()) for name, value in entry["headers"].items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "scheme": "http",
        "http_version": "1.1",
    }

    async def discard(_):
        pass

    await serve_request(scope, receiver_of(entry["body"].encode()), discard)


def receiver_of(body):
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await serve_request(scope, receive, replaying_first(send))
    elif scope["type"] == "http" and is_write(dict(scope["headers"])):
        await serve_write(scope, receive, send)
    else:
        await serve_request(scope, receive, send)


def replaying_first(send):
    async def replay_then_send(message):
        if message["type"] == "lifespan.startup.complete":
            await replay()
        await send(message)

    return replay_then_send


def is_write(headers):
    target = headers.get(b"x-amz-target", b"").decode()
    return target.startswith("DynamoDB_") and not READS.match(target)


async def serve_write(scope, receive, send):
    body = await read_body(receive)
    answer = []

    async def keep(message):
        answer.append(message)

    async with one_write_at_a_time:
        await serve_request(scope, receiver_of(body), keep)
        if answer and answer[0].get("status") == 200:
            journal.append({"headers": kept_headers(scope), "body": body.decode()})
            if journal.size > SNAPSHOT_EVERY_BYTES:
                take_snapshot()
    for message in answer:
        await send(message)


async def read_body(receive):
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


def kept_headers(scope):
    """Account and region are in the credential of the authorization; the signature is left out."""
    headers = {n: v for n, v in scope["headers"] if n in KEPT_HEADERS}
    return {n.decode(): v.decode().split(", SignedHeaders")[0] for n, v in headers.items()}


os.makedirs(persistence.STATE_DIR, exist_ok=True)
dynamodb.get_state = state_and_next_journal
uvicorn.run(
    app,
    host=os.environ["BIND_HOST"],
    port=int(os.environ["GATEWAY_PORT"]),
    http="httptools",
    access_log=False,
    log_level="warning",
    timeout_keep_alive=75,
)
