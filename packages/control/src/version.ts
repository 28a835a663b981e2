/** Version of the service, as `service.json` and the OpenAPI document say it. */
export const VERSION = "0.1.0";
