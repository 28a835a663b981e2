"""Totals the sales of each store over a whole job, and posts them to a webhook at its end.

A predictor sees only the batches of its own worker, and a batch may be predicted twice (a worker
that dies before its batch is committed costs a second attempt). So nothing is added up in memory:
each batch writes one file named for it, which a second attempt overwrites, and on_job_complete,
which one worker runs when all batches are done, adds up the files.
"""

import json
import math
import os
import urllib.request
from pathlib import Path
from typing import Any

WEBHOOK_TIMEOUT_SECONDS = 10

Totals = dict[str, dict[str, int]]


class PythonPredictor:
    def __init__(self, config: dict[str, Any], job_spec: dict[str, Any]) -> None:
        if not config.get("output_dir"):
            raise ValueError("Cannot aggregate: config.output_dir is missing, expected a folder")
        self.job_id: str = job_spec["job_id"]
        self.webhook_url: str = config.get("webhook_url") or ""
        self.folder = Path(config["output_dir"]).expanduser() / self.job_id
        self.partials = self.folder / "partials"
        self.partials.mkdir(parents=True, exist_ok=True)

    def predict(self, payload: list[dict[str, Any]], batch_id: str) -> list[dict[str, Any]]:
        """Take sales, {store, quantity, price_cents}; return {store, amount_cents} for each."""
        sales = [
            {"store": sale["store"], "amount_cents": sale["quantity"] * sale["price_cents"]}
            for sale in payload
        ]
        totals: Totals = {}
        for sale in sales:
            add(totals, sale["store"], 1, sale["amount_cents"])
        write_json(self.partials / f"{batch_id}.json", totals)
        return sales

    def on_job_complete(self) -> None:
        """Write summary.json and post it; running twice writes and posts the same again."""
        totals: Totals = {}
        for file in committed(self.partials):
            for store, partial in json.loads(file.read_text(encoding="utf-8")).items():
                add(totals, store, partial["sales"], partial["amount_cents"])
        summary = {
            "job_id": self.job_id,
            "sales": sum(total["sales"] for total in totals.values()),
            "amount_cents": sum(total["amount_cents"] for total in totals.values()),
            "stores": dict(sorted(totals.items())),
        }
        write_json(self.folder / "summary.json", summary)
        if self.webhook_url:
            post_json(self.webhook_url, summary, idempotency_key=self.job_id)
        print(f"summary written to {self.folder / 'summary.json'}, {summary['sales']} sales")


def add(totals: Totals, store: str, sales: int, amount_cents: int) -> None:
    total = totals.setdefault(store, {"sales": 0, "amount_cents": 0})
    total["sales"] += sales
    total["amount_cents"] += amount_cents


def committed(partials: Path) -> list[Path]:
    """List the partial files, each item in at most one of them.

    A batch that fails again and again is split, and may leave a file of its own behind. Its id is
    "first-count", so it shows: the next file starts before this one ends. The parts count.
    """
    files = sorted(partials.glob("*.json"), key=in_item_order)
    following = [*(item_range(file)[0] for file in files[1:]), math.inf]
    return [
        file
        for file, next_first in zip(files, following, strict=True)
        if item_range(file)[1] <= next_first
    ]


def in_item_order(file: Path) -> tuple[int, int]:
    """Sort by the first item, and where several start there, the longest first."""
    first, end = item_range(file)
    return first, -end


def item_range(file: Path) -> tuple[int, int]:
    """Read [first, end) from a file named "first-count.json"."""
    first, count = file.stem.split("-")
    return int(first), int(first) + int(count)


def write_json(file: Path, value: Any) -> None:
    """Write a file that others see whole or not at all."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    os.replace(temporary, file)


def post_json(url: str, value: Any, *, idempotency_key: str) -> None:
    request = urllib.request.Request(
        url,
        data=json.dumps(value).encode(),
        headers={"Content-Type": "application/json", "Idempotency-Key": idempotency_key},
        method="POST",
    )
    # An answer that is not 2xx raises, and shows in the job's logs.
    with urllib.request.urlopen(request, timeout=WEBHOOK_TIMEOUT_SECONDS) as response:
        print(f"webhook answered {response.status}")
