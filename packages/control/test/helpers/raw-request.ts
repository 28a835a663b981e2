import { type IncomingMessage, type RequestOptions, request } from "node:http";
import { TOKEN } from "./harness.ts";

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A request over `node:http`, for what fetch does not let one send: a Host header, half a body, an agent. */
export function rawRequest(
  url: string,
  options: RequestOptions & { body?: string | Uint8Array } = {},
): Promise<RawResponse> {
  const { body, headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { ...rest, headers: { authorization: `Bearer ${TOKEN}`, ...(headers as Record<string, string>) } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
