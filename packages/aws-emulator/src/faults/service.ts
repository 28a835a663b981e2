/** The AWS services that the proxy knows. */
export const SERVICES = ["sqs", "dynamodb", "s3", "logs", "batch"] as const;
export type Service = (typeof SERVICES)[number];

/** A request's service and operation, such as `sqs` and `ReceiveMessage`. */
export interface Target {
  readonly service: Service;
  readonly operation: string;
}

/** An object with one value for every service. */
export function forServices<T>(make: (service: Service) => T): Record<Service, T> {
  return Object.fromEntries(SERVICES.map((service) => [service, make(service)])) as Record<Service, T>;
}
