"""`call-remote.py <url> <items.ndjson> <output> <in flight>`: what one would write by hand."""

import asyncio
import json
import sys
import time

import aiohttp


async def main(url, source, target, in_flight):
    with open(source) as lines:
        items = [json.loads(line) for line in lines]
    gate = asyncio.Semaphore(in_flight)
    started = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call(item):
            async with gate, session.post(url, json=item) as response:
                return await response.json()

        answers = await asyncio.gather(*map(call, items))
    with open(target, "w") as output:
        for answer in answers:
            output.write(json.dumps(answer) + "\n")
    print(json.dumps({"seconds": time.perf_counter() - started}))


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
