"""What one would write by hand, with a wait before each call that is made again.

`call-remote.py <url> <items.ndjson> <output> <in flight> <remote or openai>` -> JSON of
`{seconds}`.
"""

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
            while True:
                async with gate, session.post(url, json=item) as response:
                    if response.status == 200:
                        return await response.json()
                    wait = float(response.headers.get("Retry-After", 0.25))
                await asyncio.sleep(wait)

        answers = await asyncio.gather(*map(call, items))
    with open(target, "w") as output:
        for answer in answers:
            output.write(json.dumps(answer) + "\n")
    print(json.dumps({"seconds": time.perf_counter() - started}))


async def ask(url, source, target, in_flight):
    from openai import AsyncOpenAI

    with open(source) as lines:
        items = [json.loads(line) for line in lines]
    gate = asyncio.Semaphore(in_flight)
    started = time.perf_counter()
    client = AsyncOpenAI(base_url=url, api_key="none", max_retries=0)

    async def call(item):
        async with gate:
            messages = [{"role": "user", "content": item["prompt"]}]
            answer = await client.chat.completions.create(model="none", messages=messages)
            return answer.choices[0].message.content

    answers = await asyncio.gather(*map(call, items))
    with open(target, "w") as output:
        for answer in answers:
            output.write(json.dumps(answer) + "\n")
    print(json.dumps({"seconds": time.perf_counter() - started}))


work = ask if sys.argv[5] == "openai" else main
asyncio.run(work(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
