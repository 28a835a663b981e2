"""What the fuzzer of the OpenAPI document is told: names that exist, bodies that are no JSON."""

import os
import zlib

import schemathesis
from hypothesis import strategies

schemathesis.openapi.media_type("application/gzip", strategies.binary(max_size=2_000))

NAMES = {
    "name": os.environ["MILLRACE_FUZZ_API"],
    "endpoint": os.environ["MILLRACE_FUZZ_API"],
    "id": os.environ["MILLRACE_FUZZ_JOB"],
}


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """Has every other request ask for something that is there; nothing of it is deleted."""
    if not path_parameters or ctx.operation.method.lower() == "delete":
        return path_parameters
    if zlib.crc32(repr(sorted(path_parameters.items())).encode()) % 2:
        return path_parameters
    return {key: NAMES.get(key, value) for key, value in path_parameters.items()}
