import type { operations } from "./generated/schema.ts";

/** What an operation answers in JSON. */
export type Answer<Id extends keyof operations> = SuccessOf<operations[Id]["responses"]>;

type SuccessOf<Responses> =
  | (Responses extends { readonly 200: Json<infer Value> } ? Value : never)
  | (Responses extends { readonly 201: Json<infer Value> } ? Value : never);

interface Json<Value> {
  content: { readonly "application/json": Value };
}

/** An answer whose body is still to be read, with the type of what it is in JSON. */
export interface AnswerResponse<Id extends keyof operations> extends Response {
  json(): Promise<Answer<Id>>;
}

/** The answer alone: readers of our own read its body, since they tell a lost connection from a wrong answer. */
export async function responseOf<Id extends keyof operations>(
  call: Promise<{ readonly response: Response }>,
): Promise<AnswerResponse<Id>> {
  return (await call).response as AnswerResponse<Id>;
}
