import { z } from "zod";
import { isTerminal, JOB_STATUSES, type JobStatus } from "../job-status.ts";
import { got } from "./field-error.ts";
import { isForbiddenAddress } from "./forbidden-address.ts";

/** Statuses that can trigger a webhook. */
const ENDINGS = (Object.keys(JOB_STATUSES) as JobStatus[]).filter(isTerminal);
const EVENTS = ["running", ...ENDINGS] as [JobStatus, ...JobStatus[]];
const MAX_URL_CHARACTERS = 2_048;
const SECRET = { min: 16, max: 256 };
const SECRET_LENGTH = `must be ${SECRET.min} to ${SECRET.max} characters long`;

/** `webhook` of an API's configuration and of a submission. */
export const WebhookSchema = z
  .strictObject({
    url: z
      .string()
      .superRefine((value, context) => {
        const problem = urlProblem(value);
        if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
      })
      .meta({
        description: "URL to send a POST to: `http` or `https`, but not a link-local or metadata address.",
        example: "https://example.com/millrace",
      }),
    events: z
      .array(z.enum(EVENTS))
      .min(1)
      .default(ENDINGS)
      .meta({
        description: "Job statuses to send.",
        example: ["succeeded", "completed_with_failures"],
        "x-default": "every final status",
      }),
    // A refinement, since built-in length messages would show the secret.
    secret: z.string().refine(isSecretLength, SECRET_LENGTH).optional().meta({
      minLength: SECRET.min,
      maxLength: SECRET.max,
      description:
        "Key for the signature in the header `webhook-signature`, 16 to 256 characters. Never shown again.",
      example: "whsec_bWlsbHJhY2UtZXhhbXBsZS1zZWNyZXQ=",
      "x-default": "no signature",
    }),
  })
  .meta({ id: "Webhook", description: "Request to send when the job reaches certain statuses." });

function isSecretLength({ length }: string): boolean {
  return length >= SECRET.min && length <= SECRET.max;
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || text.length > MAX_URL_CHARACTERS)
    return `must be an http:// or https:// URL of at most ${MAX_URL_CHARACTERS} characters (got ${got(text)})`;
  if (url.username !== "" || url.password !== "")
    return "must not have a user name or password, sign with a secret instead";
  if (isForbiddenAddress(url.hostname.replace(/^\[|\]$/g, "")))
    return `must not be a link-local or metadata address (got ${got(text)})`;
  return undefined;
}
