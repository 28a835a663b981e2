"""Hooks for the fuzzer of the OpenAPI document.

They add existing names, projects to deploy, and rules for submissions that only a backend knows.
"""

import gzip
import io
import json
import os
import tarfile
import zlib

import jsonschema_rs
import schemathesis
from hypothesis import strategies

NAMES = {
    "name": os.environ["MILLRACE_FUZZ_API"],
    "endpoint": os.environ["MILLRACE_FUZZ_API"],
    "id": os.environ["MILLRACE_FUZZ_JOB"],
}
# Temporary APIs: the projects below deploy them, and they are deleted.
PASSING = ["fuzzed-0", "fuzzed-1"]
# Operations that must not change the API that all jobs belong to.
CHANGES = ["deployApi", "refreshApi", "deleteApi"]


def project(answer):
    """The archive of a project with the temporary APIs, whose predictors return `answer`."""
    files = {
        "millrace.yaml": "".join(
            f"- name: {name}\n  kind: BatchAPI\n  compute: {{ cpu: 0.1 }}\n"
            "  predictor: { type: typescript, path: predictor.ts }\n"
            for name in PASSING
        ),
        "predictor.ts": f"export default {{ predict: () => {answer} }};\n",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


# In the document, a project is just bytes.
projects = strategies.sampled_from([project(answer) for answer in range(3)])
anything = strategies.binary(max_size=2_000)
schemathesis.openapi.media_type("application/gzip", projects | projects | anything)


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    """Makes every other request use a name that exists."""
    method = ctx.operation.method.lower()
    if not path_parameters or method == "delete":
        return path_parameters
    draw = zlib.crc32(repr(sorted(path_parameters.items())).encode())
    if draw % 2:
        return path_parameters
    names = {**NAMES, "name": PASSING[draw // 2 % 2]} if method in ("put", "post") else NAMES
    return {key: names.get(key, value) for key, value in path_parameters.items()}


@schemathesis.hook
def before_call(context, case, **kwargs):
    """Turns requests that match the document into ones that this service accepts."""
    operation = case.operation.definition.raw["operationId"]
    if operation in CHANGES and case.path_parameters.get("name") == NAMES["name"]:
        case.path_parameters = {"name": PASSING[0]}
    if case.meta is not None and case.meta.generation.mode.is_negative:
        return
    if operation == "submitJob" and isinstance(case.body, dict):
        case.body = local_submission(case.body)
    elif operation == "getJobLogs" and "Last-Event-ID" in case.headers:
        # The format of a position depends on the backend.
        case.headers["Last-Event-ID"] = "s:0,0:0"
    elif operation == "signIn":
        # As sent by a browser on the service's own page.
        case.headers["Sec-Fetch-Site"] = "same-origin"


# A schema cannot express whether a glob is valid, or which files exist.
NO_FILES = {"s3_paths": ["/nothing/"], "includes": [], "excludes": [], "allow_empty": True}


def local_submission(body):
    """A submission for a service on one machine, without what a schema cannot express."""
    # This backend has no dead-letter queues, and a webhook's address must be allowed.
    left_out = ["sqs_dead_letter_queue", "webhook"]
    # This name is rejected at any depth.
    if "__proto__" in json.dumps(body.get("config")):
        left_out.append("config")
    # Each worker is a process, so use only one.
    kept = {**{key: value for key, value in body.items() if key not in left_out}, "workers": 1}
    for kind in ("file_path_lister", "delimited_files"):
        if kept.get(kind):
            kept[kind] = {**kept[kind], **NO_FILES}
    return kept


@schemathesis.check
def rows_conform(ctx, response, case):
    """Checks each line of NDJSON: the document has the schema of one line."""
    kind = "application/x-ndjson"
    if kind not in response.headers.get("content-type", [""])[0]:
        return
    document = case.operation.schema.raw_schema
    answer = case.operation.definition.raw["responses"][str(response.status_code)]
    schema = {**answer["content"][kind]["schema"], "components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema)
    for line in response.content.decode().split("\n")[:-1]:
        for error in validator.iter_errors(json.loads(line)):
            raise AssertionError(f"{line[:200]} is not as its schema says: {error.message}")
