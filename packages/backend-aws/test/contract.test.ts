import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import type { Emulators } from "@millrace/aws-emulator";
import { describeBackend } from "@millrace/backend-suite";
import { silentLogger } from "@millrace/core";
import test from "ava";
import { makeClients } from "../src/aws/clients.ts";
import { openAwsWorkerBackend } from "../src/backend.ts";
import { createCluster, startTestEmulators } from "./fixtures/cluster.ts";

let emulators: Emulators;
test.before(async () => {
  emulators = await startTestEmulators();
});
test.after.always(async () => {
  await emulators?.stop();
});

const opener = fileURLToPath(new URL("fixtures/open-worker-backend.ts", import.meta.url));

// One after the other: leases of two seconds are moto's own time, which a busy machine would eat up.
describeBackend(test.serial, {
  name: "aws",
  // A standard queue of SQS delivers at least once, and its counts are approximate.
  queue: { isExact: false },
  create: async () => {
    const config = await createCluster(emulators.urls);
    const startMs = Date.now();
    let passedMs = 0;
    const now = () => startMs + passedMs;
    const open = () => openAwsWorkerBackend({ config, logger: silentLogger, now });
    const backend = await open();
    const { s3, close } = makeClients(config);
    const inputPrefix = `s3://${config.bucket}/input/`;
    const object = (name: string) => ({ Bucket: config.bucket, Key: `input/${name}` });
    return {
      backend,
      reopen: open,
      // Leases of batches are moto's: time has to pass, too.
      advance: async (ms) => {
        passedMs += ms;
        await delay(ms);
      },
      inputPrefix,
      putInput: async (name, content) => {
        await s3.send(new PutObjectCommand({ ...object(name), Body: content }));
        return `${inputPrefix}${name}`;
      },
      deleteInput: async (name) => {
        await s3.send(new DeleteObjectCommand(object(name)));
      },
      opener: { module: opener, argument: JSON.stringify(config) },
      cleanup: async () => {
        await backend.ledger.close();
        close();
      },
    };
  },
});
