import { createHmac } from "node:crypto";

const PREFIX = "whsec_";

/** A message as defined by the Standard Webhooks specification. https://www.standardwebhooks.com */
export interface Message {
  readonly id: string;
  readonly body: string;
  /** Seconds since the epoch. */
  readonly timestampSeconds: number;
}

/** Headers of a message; signed if there is a secret. */
export function messageHeaders(message: Message, secret: string | undefined): Record<string, string> {
  const { id, timestampSeconds } = message;
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    ...(secret !== undefined && { "webhook-signature": `v1,${signature(message, secret)}` }),
  };
}

function signature({ id, timestampSeconds, body }: Message, secret: string): string {
  const content = `${id}.${timestampSeconds}.${body}`;
  return createHmac("sha256", keyOf(secret)).update(content).digest("base64");
}

/** The specification's secrets are base64 with a prefix; any other text is used as is. */
function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), "base64") : Buffer.from(secret);
}
