import { DeployEventSchema, DeployResponseSchema } from "@millrace/core/schemas";
import { json, ndjson } from "./contents.ts";

const PIP = "ERROR: No matching distribution found for numpi==2.4.1";

/** A deploy's response, line by line: the installation, then one of the others. */
const EVENTS = {
  output: { type: "output", text: "Collecting numpy==2.4.1" },
  deployed: {
    type: "deployed",
    api: {
      name: "image-classifier",
      kind: "BatchAPI",
      api_id: "3f2c9a1b7d4e8f60",
      endpoint: "http://127.0.0.1:8080/image-classifier",
      predictor_type: "python",
      created_time: "2026-01-31T12:00:00.000Z",
      active_jobs: 0,
    },
    changed: true,
    message: "deployed image-classifier",
  },
  error: {
    type: "error",
    problem: {
      type: "about:blank",
      title: "Unprocessable Entity",
      status: 422,
      detail: `Cannot install dependencies: requirements.txt failed with exit code 1: ${PIP}`,
      code: "dependencies_failed",
      request_id: "01KG5WVZ7TQ6M0B8H4C2D9E1FA",
      details: { step: "requirements.txt", exit_code: 1, signal: null, last_lines: [PIP] },
    },
  },
};

/** Response of operations that install an API: one document at the end, or one event per line. */
export const DEPLOYED = { ...json(DeployResponseSchema), ...ndjson(DeployEventSchema, EVENTS) };
