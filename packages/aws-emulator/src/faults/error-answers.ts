import { randomBytes } from "node:crypto";
import type { Draw } from "./draws.ts";
import type { OwnAnswer } from "./exchange.ts";
import { jsonHeaders } from "./json-exchange.ts";
import type { Service } from "./service.ts";

const INTERNAL = "The request processing has failed because of an unknown error, exception or failure.";
const RATE = "Rate exceeded";
const DYNAMODB = "com.amazonaws.dynamodb.v20120810";

/** A service's internal error, in its own format. */
export function internalError(service: Service): OwnAnswer {
  switch (service) {
    case "s3":
      return s3Error({
        status: 500,
        type: "InternalError",
        message: "We encountered an internal error. Please try again.",
      });
    case "batch":
      return batchError({ status: 500, type: "ServerException", message: INTERNAL });
    case "dynamodb":
      return jsonError(service, { status: 500, type: `${DYNAMODB}#InternalServerError`, message: INTERNAL });
    default:
      return jsonError(service, { status: 500, type: "InternalServerError", message: INTERNAL });
  }
}

/** A service's answer to too many requests. */
export function throttled(service: Service, draw: Draw): OwnAnswer {
  switch (service) {
    case "s3":
      return s3Error({ status: 503, type: "SlowDown", message: "Please reduce your request rate." });
    case "batch":
      return batchError({ status: 429, type: "TooManyRequestsException", message: "Too Many Requests" });
    case "logs":
      return jsonError(service, { status: 400, type: "ThrottlingException", message: RATE });
    case "sqs": {
      const answer = jsonError(service, {
        status: 400,
        type: "com.amazonaws.sqs#RequestThrottled",
        message: "Request is throttled",
      });
      // SQS also gives the error codes of its older protocol, and the SDK prefers those.
      return {
        ...answer,
        headers: { ...answer.headers, "x-amzn-query-error": "RequestThrottled;Sender" },
      };
    }
    case "dynamodb": {
      const name = draw() < 0.5 ? "ProvisionedThroughputExceededException" : "ThrottlingException";
      return jsonError(service, { status: 400, type: `${DYNAMODB}#${name}`, message: RATE });
    }
  }
}

/** A transaction of `count` operations, in which the one at `index` conflicted with another transaction. */
export function transactionConflict(count: number, index: number): OwnAnswer {
  const codes = Array.from({ length: count }, (_, at) => (at === index ? "TransactionConflict" : "None"));
  return {
    status: 400,
    headers: jsonHeaders("dynamodb"),
    body: JSON.stringify({
      __type: `${DYNAMODB}#TransactionCanceledException`,
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(", ")}]`,
      CancellationReasons: codes.map((Code) =>
        Code === "None" ? { Code } : { Code, Message: "Transaction is ongoing for the item" },
      ),
    }),
  };
}

interface ServiceError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
}

function jsonError(service: Service, { status, type, message }: ServiceError): OwnAnswer {
  return { status, headers: jsonHeaders(service), body: JSON.stringify({ __type: type, message }) };
}

function batchError({ status, type, message }: ServiceError): OwnAnswer {
  return {
    status,
    headers: { ...jsonHeaders("batch"), "x-amzn-errortype": type },
    body: JSON.stringify({ message }),
  };
}

function s3Error({ status, type, message }: ServiceError): OwnAnswer {
  const requestId = randomBytes(8).toString("hex").toUpperCase();
  return {
    status,
    headers: { "content-type": "application/xml", "x-amz-request-id": requestId },
    body:
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<Error><Code>${type}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`,
  };
}
