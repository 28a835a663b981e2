import { startMoto } from "./moto.ts";
import { startSqs } from "./sqs/start-sqs.ts";

/** Addresses of the emulated services, except AWS Batch. */
export interface Emulators {
  readonly urls: {
    readonly sqs: string;
    readonly dynamodb: string;
    readonly s3: string;
    readonly logs: string;
  };
  stop(): Promise<void>;
}

/** Starts the emulators of all services except AWS Batch. */
export async function startEmulators(options: {
  /** Where moto is installed. */
  readonly cacheDirectory: string;
}): Promise<Emulators> {
  const moto = await startMoto(options);
  try {
    const sqs = await startSqs();
    return {
      urls: { sqs: sqs.url, dynamodb: moto.url, s3: moto.url, logs: moto.url },
      stop: async () => void (await Promise.all([moto.stop(), sqs.stop()])),
    };
  } catch (error) {
    await moto.stop();
    throw error;
  }
}
