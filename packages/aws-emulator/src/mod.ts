export { type AwsStack, type AwsStackOptions, startAwsStack } from "./aws-stack.ts";
export { type FakeBatch, type FakeBatchOptions, startFakeBatch } from "./batch/fake-batch.ts";
export { type Emulators, startEmulators } from "./emulators.ts";
export {
  type FaultProxy,
  type FaultProxyOptions,
  type FaultRates,
  startFaultProxy,
} from "./faults/fault-proxy.ts";
export type { RecordedCall } from "./faults/recorded-call.ts";
export { freePort } from "./free-port.ts";
export { startMoto } from "./moto.ts";
export { type UsedPermission, usedPermissions } from "./recorder/used-permission.ts";
export type { ServerProcess } from "./server-process.ts";
export { startSqs } from "./sqs/start-sqs.ts";
