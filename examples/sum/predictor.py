"""Adds up lists of numbers: the smallest predictor that does something."""

from typing import Any

Number = int | float


class PythonPredictor:
    def __init__(self, config: dict[str, Any], job_spec: dict[str, Any]) -> None:
        self.sums: list[Number] = []
        print(f"job {job_spec['job_id']}: ready to sum")

    def predict(self, payload: list[list[Number]], batch_id: str) -> list[Number]:
        """Take a batch of lists of numbers; return the sum of each."""
        sums = [sum(numbers) for numbers in payload]
        self.sums += sums
        print(f"batch {batch_id}: {sums}, {len(self.sums)} lists so far in this worker")
        return sums
