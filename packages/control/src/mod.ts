export { type Service, type ServiceOptions, startService } from "./start-service.ts";
export { type Config, parseConfig } from "./startup/config.ts";
export { VERSION } from "./version.ts";
