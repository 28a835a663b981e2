import type { Platform } from "./platform.ts";

/** Calls the emulated SQS without the SDK. */
export async function callSqs<Answer>({ aws }: Platform, operation: string, body: object): Promise<Answer> {
  const response = await fetch(aws.emulators.sqs, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
      authorization: "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request",
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${operation} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

/** URL of the job's queue, or undefined when there is none. */
export async function queueOfJob(platform: Platform, jobId: string): Promise<string | undefined> {
  const { QueueUrls = [] } = await callSqs<{ QueueUrls?: string[] }>(platform, "ListQueues", {});
  return QueueUrls.find((url) => url.includes(jobId));
}
