import { MillraceError } from "@millrace/core";
import { awsErrorName, httpStatus, translateAwsError } from "../aws/aws-errors.ts";

export interface ReadContext {
  readonly uri: string;
  readonly bucket: string;
  /** The action, such as `read`. */
  readonly verb: "read" | "list" | "look at";
  /** The requested version. */
  readonly version?: string | undefined;
}

/** Translates an S3 error on a user's object to a MillraceError. */
export function translateReadError(error: unknown, { uri, bucket, verb, version }: ReadContext): unknown {
  if (error instanceof MillraceError || !(error instanceof Error)) return error;
  const name = awsErrorName(error);
  const status = httpStatus(error);
  const fail = (code: "object_not_found" | "object_unreadable", problem: string) =>
    new MillraceError(code, `Cannot ${verb} "${uri}": ${problem}`, {
      details: { uri, aws_error: name },
      cause: error,
    });
  if (name === "NoSuchBucket") {
    return fail("object_not_found", `there is no bucket "${bucket}"; check its name`);
  }
  if (status === 404) {
    return version === undefined
      ? fail("object_not_found", "there is no such object")
      : inputChanged(uri, "it was deleted", error);
  }
  if (status === 412) return inputChanged(uri, "it was changed", error);
  if (status === 301 || name === "AuthorizationHeaderMalformed" || name === "PermanentRedirect") {
    const region = regionOf(error);
    return fail(
      "object_unreadable",
      `the bucket is in another region${region ? ` (${region})` : ""}, and S3 did not say how to reach it; ` +
        "use a bucket of the cluster's region",
    );
  }
  if (name === "InvalidObjectState") {
    return fail("object_unreadable", "it is archived; restore it in S3, then submit the job again");
  }
  // A HEAD answer has no body with a reason, so its 403 has no AWS error name.
  if (status === 403 && /^(AccessDenied|AllAccessDisabled|Forbidden|403|Unknown.*)$/.test(name)) {
    return fail(
      "object_unreadable",
      `AWS refused (${name}: ${error.message}); allow s3:GetObject and s3:ListBucket on bucket "${bucket}" ` +
        "to the role that reads it, in the role's and the bucket's policy",
    );
  }
  return translateAwsError(error, `${verb} "${uri}"`);
}

/** Translates an S3 error on one of the platform's own objects to a MillraceError. */
export function translateWriteError(error: unknown, uri: string): unknown {
  if (error instanceof MillraceError || !(error instanceof Error)) return error;
  const name = awsErrorName(error);
  const options = { details: { uri, aws_error: name }, cause: error };
  if (name === "NoSuchBucket") {
    return new MillraceError(
      "backend_misconfigured",
      `Cannot write "${uri}": the cluster's bucket does not exist; deploy the cluster, or set MILLRACE_AWS_BUCKET`,
      options,
    );
  }
  if (name === "NoSuchUpload") {
    return new MillraceError(
      "unavailable",
      `Cannot write "${uri}": the upload was ended from outside; write it again`,
      options,
    );
  }
  return translateAwsError(error, `write "${uri}"`);
}

export function inputChanged(uri: string, how: string, cause?: unknown): MillraceError {
  return new MillraceError(
    "input_changed",
    `Cannot read "${uri}": ${how} after the job was submitted; submit a new job over the object as it is now`,
    { details: { uri }, cause },
  );
}

export function bodyBroken(uri: string, cause: unknown): MillraceError {
  return new MillraceError(
    "unavailable",
    `Cannot read "${uri}": the connection to S3 broke repeatedly; try again`,
    { details: { uri }, cause },
  );
}

function regionOf(error: Error): string | undefined {
  const { $response } = error as { $response?: { headers?: Record<string, string> } };
  return $response?.headers?.["x-amz-bucket-region"];
}
