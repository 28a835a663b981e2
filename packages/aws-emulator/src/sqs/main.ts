import { buildApp } from "fauxqs";

// The process of the SQS emulator: its port is the only argument. Its own command would listen on every address.
const app = buildApp({ logger: false, host: "127.0.0.1" });
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
