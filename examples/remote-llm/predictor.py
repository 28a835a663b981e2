"""Asks a chat model that speaks the OpenAI API, with many requests in flight."""

import os
import subprocess
import sys

from millrace import ItemError, RetryLater
from openai import APIStatusError, AsyncOpenAI, BadRequestError


class PythonPredictor:
    def __init__(self, config):
        self.model = config["model"]
        self.client = AsyncOpenAI(
            base_url=config["base_url"] or start_server(),
            api_key=os.environ.get("OPENAI_API_KEY", "none"),
            # Millrace tries again, without a request that waits in this process.
            max_retries=0,
        )

    async def predict_item(self, item):
        try:
            answer = await self.client.chat.completions.create(
                model=self.model, messages=[{"role": "user", "content": item["prompt"]}]
            )
        except BadRequestError as error:
            # Asking again would not help.
            raise ItemError("bad_request", error.message) from None
        except APIStatusError as error:
            if error.status_code not in (429, 503):
                raise
            raise RetryLater(float(error.response.headers.get("Retry-After", 1))) from None
        return {
            "answer": answer.choices[0].message.content,
            "tokens": answer.usage.total_tokens if answer.usage else None,
        }


def start_server() -> str:
    """Start the stand-in, which ends with this process. Returns its address."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "server.py")
    server = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    return server.stdout.readline().strip()
