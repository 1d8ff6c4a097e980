#!/usr/bin/python3
"""Asks the machine's own resolvers for pods, which cannot reach what listens on the machine's loopback only.

name-forwarder ADDRESS [RESOLV_CONF [PORT]]: answers DNS queries by UDP and TCP at ADDRESS, by the resolvers that RESOLV_CONF names.
Where there are none, or none has answered for a while, a query is answered by SERVFAIL at once: a client that hears nothing waits for
seconds, once for each name.
"""

import asyncio
import sys
import time

# CoreDNS waits two seconds for an answer, then asks again.
ANSWER_SECONDS = 1.8
# Names that nobody answers for may be silent all the same: only several in a row tell that a resolver is away.
SILENT_AFTER = 3
PROBE_SECONDS = 1.0
CONNECTION_SECONDS = 10
MOST_QUERIES = 500


class Resolver:
    """One that the machine itself reaches, and whether it answers."""

    def __init__(self, address, port):
        self.address, self.port = address, port
        self.unanswered, self.asked_at = 0, 0.0

    def may_be_asked(self):
        return self.unanswered < SILENT_AFTER or time.monotonic() >= self.asked_at + PROBE_SECONDS

    async def ask(self, query):
        """Gives the answer; None where none comes in time."""
        self.asked_at = time.monotonic()
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        transport = None
        try:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: Answer(query[:2], answer), remote_addr=(self.address, self.port)
            )
            transport.sendto(query)
            found = await asyncio.wait_for(answer, ANSWER_SECONDS)
        except (OSError, asyncio.TimeoutError):
            self.unanswered += 1
            return None
        finally:
            if transport:
                transport.close()
        self.unanswered = 0
        return found


class Answer(asyncio.DatagramProtocol):
    def __init__(self, query_id, answer):
        self.query_id, self.answer = query_id, answer

    def datagram_received(self, data, _address):
        if data[:2] == self.query_id and not self.answer.done():
            self.answer.set_result(data)

    def error_received(self, error):
        if not self.answer.done():
            self.answer.set_exception(error)


class Resolvers:
    """Those of the file, as it is now."""

    def __init__(self, path, port, own):
        self.path, self.port, self.own = path, port, own
        self.known = {}

    def all(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                words = [line.split() for line in file]
        except OSError:
            words = []
        addresses = [line[1] for line in words if len(line) > 1 and line[0] == "nameserver" and line[1] != self.own]
        for address in addresses:
            self.known.setdefault(address, Resolver(address, self.port))
        return [self.known[address] for address in addresses]

    async def ask(self, query):
        for resolver in self.all():
            if resolver.may_be_asked():
                answer = await resolver.ask(query)
                if answer:
                    return answer
        return failure(query)


def failure(query):
    """Gives the answer SERVFAIL to a query."""
    end = 12
    while end < len(query) and query[end]:
        end += query[end] + 1
    question = query[12 : end + 5]
    flags = bytes([0x80 | (query[2] & 0x79), 0x82])
    return query[:2] + flags + (b"\0\1" if question else b"\0\0") + b"\0" * 6 + question


class Queries(asyncio.DatagramProtocol):
    def __init__(self, resolvers):
        self.resolvers, self.tasks = resolvers, set()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if len(data) < 12:
            return
        if len(self.tasks) >= MOST_QUERIES:
            self.transport.sendto(failure(data), address)
            return
        task = asyncio.ensure_future(self.answer(data, address))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def answer(self, query, address):
        self.transport.sendto(await self.resolvers.ask(query), address)


async def serve_connection(resolvers, reader, writer):
    """Joins a connection to a resolver: answers that are too large for UDP come by TCP."""
    try:
        for resolver in resolvers.all():
            try:
                far_reader, far_writer = await asyncio.wait_for(
                    asyncio.open_connection(resolver.address, resolver.port), ANSWER_SECONDS
                )
            except (OSError, asyncio.TimeoutError):
                continue
            try:
                both = asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
                await asyncio.wait_for(both, CONNECTION_SECONDS)
            finally:
                far_writer.close()
            return
        length = await asyncio.wait_for(reader.readexactly(2), CONNECTION_SECONDS)
        query = await asyncio.wait_for(reader.readexactly(int.from_bytes(length, "big")), CONNECTION_SECONDS)
        if len(query) >= 12:
            answer = failure(query)
            writer.write(len(answer).to_bytes(2, "big") + answer)
            await writer.drain()
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def copy(reader, writer):
    while True:
        data = await reader.read(65536)
        if not data:
            break
        writer.write(data)
        await writer.drain()
    writer.write_eof()


async def main(address, path="/etc/resolv.conf", port="53"):
    resolvers = Resolvers(path, int(port), address)
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(lambda: Queries(resolvers), local_addr=(address, int(port)))
    server = await asyncio.start_server(
        lambda reader, writer: serve_connection(resolvers, reader, writer), address, int(port)
    )
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
