/** Version of the service in `service.json` and the OpenAPI document. */
export const VERSION = "0.1.0";
