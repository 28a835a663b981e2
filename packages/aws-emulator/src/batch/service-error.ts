const HTTP_STATUS = {
  ClientException: 400,
  ServerException: 500,
  TooManyRequestsException: 429,
  UnknownOperationException: 404,
} as const;

export type ServiceErrorType = keyof typeof HTTP_STATUS;

/** An error answer; its type goes into the header from which the SDK chooses the error class. */
export class BatchServiceError extends Error {
  readonly type: ServiceErrorType;

  constructor(type: ServiceErrorType, message: string) {
    super(message);
    this.name = type;
    this.type = type;
  }

  get httpStatus(): number {
    return HTTP_STATUS[this.type];
  }
}

export function clientException(message: string): BatchServiceError {
  return new BatchServiceError("ClientException", message);
}
