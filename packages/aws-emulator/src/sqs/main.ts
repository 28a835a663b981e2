import { buildApp } from "fauxqs";

// The process of the SQS emulator; its only argument is the port. The emulator's own command would listen on every
// address.
const app = buildApp({ logger: false, host: "127.0.0.1" });
// The process that started it is gone, and so is the other end of the pipe.
process.stdin.resume().on("end", () => process.exit(0));
await app.listen({ host: "127.0.0.1", port: Number(process.argv[2]) });
