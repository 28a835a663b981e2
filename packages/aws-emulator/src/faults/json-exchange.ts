import { randomUUID } from "node:crypto";
import { isMembers, type Members } from "../batch/wire.ts";
import { answerWith, type Exchange, forward, readAll, relayBody } from "./exchange.ts";
import type { Service } from "./service.ts";

/** The body of a request to a service with a JSON protocol. */
export async function readInput({ request }: Exchange): Promise<Members> {
  const text = (await readAll(request)).toString();
  const input: unknown = text === "" ? {} : JSON.parse(text);
  if (!isMembers(input)) throw new TypeError("Cannot read request: its body is not a JSON object");
  return input;
}

/** Forwards with `input` as the body; applies `edit` to a successful answer. Returns false for an error. */
export async function forwardInput(
  exchange: Exchange,
  input: Members,
  { edit }: { readonly edit: (output: Members) => Members },
): Promise<boolean> {
  const answer = await forward(exchange, Buffer.from(JSON.stringify(input)));
  const body = await readAll(answer);
  const isDone = answer.statusCode === 200;
  relayBody(exchange, answer, isDone ? Buffer.from(JSON.stringify(edit(parse(body)))) : body);
  return isDone;
}

function parse(body: Buffer): Members {
  return body.length === 0 ? {} : (JSON.parse(body.toString()) as Members);
}

/** Answers 200 instead of the service. */
export function answerOutput(exchange: Exchange, output: Members): void {
  answerWith(exchange, { status: 200, headers: jsonHeaders(exchange.service), body: JSON.stringify(output) });
}

export function jsonHeaders(service: Service): Readonly<Record<string, string>> {
  const version = service === "logs" ? "1.1" : "1.0";
  return {
    "content-type": service === "batch" ? "application/json" : `application/x-amz-json-${version}`,
    "x-amzn-requestid": randomUUID(),
  };
}

/** A member that is a list of objects; empty when it is missing. */
export function listOf(members: Members, name: string): readonly Members[] {
  const list = members[name];
  return Array.isArray(list) ? list.filter(isMembers) : [];
}
