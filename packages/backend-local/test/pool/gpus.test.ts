import test from "ava";
import { detectGpus, type GpuSources } from "../../src/pool/gpus.ts";

const LISTING = `GPU 0: NVIDIA H200 (UUID: GPU-11111111)
GPU 1: NVIDIA H200 (UUID: GPU-22222222)
  MIG 1g.18gb     Device  0: (UUID: MIG-aaaa)
  MIG 1g.18gb     Device  1: (UUID: MIG-bbbb)
`;

const none: GpuSources = {
  listing: () => {
    throw new Error("no such command");
  },
  devices: () => [],
};

test("detectGpus() uses the environment, then nvidia-smi, then /dev", (t) => {
  const listed = { ...none, listing: () => LISTING };
  const devices = { ...none, devices: () => ["nvidia10", "nvidiactl", "nvidia2", "null"] };
  t.deepEqual(detectGpus("3, GPU-x", listed), ["3", "GPU-x"]);
  t.deepEqual(detectGpus("", listed), []);
  t.deepEqual(detectGpus("-1", listed), []);
  t.deepEqual(detectGpus(undefined, listed), ["0", "MIG-aaaa", "MIG-bbbb"]);
  t.deepEqual(detectGpus(undefined, devices), ["2", "10"]);
  t.deepEqual(detectGpus(undefined, none), []);
});
