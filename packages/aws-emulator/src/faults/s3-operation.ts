import type { IncomingHttpHeaders } from "node:http";

export interface S3Request {
  readonly method: string;
  /** Path style: `/bucket/key`. */
  readonly pathname: string;
  readonly searchParams: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

/** The S3 operation of a request, from its method, path and query. */
export function s3Operation(request: S3Request): string {
  const [, bucket = "", ...key] = request.pathname.split("/");
  if (bucket === "") return "ListBuckets";
  return key.join("/") === "" ? bucketOperation(request) : objectOperation(request);
}

const BUCKET: Readonly<Record<string, string>> = {
  GET: "ListObjects",
  HEAD: "HeadBucket",
  PUT: "CreateBucket",
  DELETE: "DeleteBucket",
};

function bucketOperation({ method, searchParams }: S3Request): string {
  if (method === "POST" && searchParams.has("delete")) return "DeleteObjects";
  if (method === "GET" && searchParams.get("list-type") === "2") return "ListObjectsV2";
  if (method === "GET" && searchParams.has("uploads")) return "ListMultipartUploads";
  if (method === "GET" && searchParams.has("versions")) return "ListObjectVersions";
  const about = subresource(searchParams);
  if (about !== undefined) return `${verb(method)}Bucket${about}`;
  return BUCKET[method] ?? "Unknown";
}

function objectOperation({ method, searchParams, headers }: S3Request): string {
  const isCopy = headers["x-amz-copy-source"] !== undefined;
  if (method === "POST" && searchParams.has("uploads")) return "CreateMultipartUpload";
  if (searchParams.has("uploadId")) {
    if (method === "PUT") return isCopy ? "UploadPartCopy" : "UploadPart";
    if (method === "POST") return "CompleteMultipartUpload";
    return method === "DELETE" ? "AbortMultipartUpload" : "ListParts";
  }
  if (method === "HEAD") return "HeadObject";
  if (method === "PUT" && isCopy) return "CopyObject";
  return `${verb(method)}Object${subresource(searchParams) ?? ""}`;
}

function verb(method: string): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}

/** Query parameters without a value name a part of a bucket or object: `?tagging`, `?policy`. */
function subresource(searchParams: URLSearchParams): string | undefined {
  for (const [name, value] of searchParams) {
    if (value === "" && /^[a-z][a-zA-Z-]+$/.test(name) && !/^(prefix|delimiter|marker)$/.test(name)) {
      return name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
    }
  }
  return undefined;
}
