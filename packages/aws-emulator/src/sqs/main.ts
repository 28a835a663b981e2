import { buildApp } from "fauxqs";

// The process of the SQS emulator: its port is the only argument. Its own command would listen on every address.
const app = buildApp({ logger: false, host: "127.0.0.1" });
// Whoever started it is gone, and with it the other end of the pipe.
process.stdin.resume().on("end", () => process.exit(0));
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
