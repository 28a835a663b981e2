import type { Platform } from "./platform.ts";

/** Puts a user's object into the emulated S3. @returns its URI */
export async function putInput(
  { aws }: Platform,
  key: string,
  content: string | Uint8Array<ArrayBuffer>,
): Promise<string> {
  const { bucket, endpoints } = aws.config;
  const response = await fetch(`${endpoints.s3}/${bucket}/${key}`, { method: "PUT", body: content });
  if (!response.ok) throw new Error(`Cannot put "${key}": ${response.status} ${await response.text()}`);
  return `s3://${bucket}/${key}`;
}
