import type { Fault } from "../fault.ts";
import type { TargetAws } from "../target.ts";

type Injection = Parameters<TargetAws["inject"]>[0];

function next(weight: number, injection: Injection): Fault {
  const { service, operation, kind, times } = injection;
  return {
    needs: ["aws"],
    weight,
    inject: async ({ aws }) => {
      aws?.inject(injection);
      return { what: `${times} x ${operation ?? service} ${kind}` };
    },
  };
}

/** Delivers a batch again although it was deleted. */
export const duplicateDelivery = next(3, { service: "sqs", kind: "duplicate", times: 3 });
/** The commit succeeds but its answer is lost, so the batch is committed again. */
export const duplicateCommit = next(3, {
  service: "dynamodb",
  operation: "TransactWriteItems",
  kind: "timeoutAfterSuccess",
  times: 2,
});
export const lostRequests = next(2, { service: "dynamodb", kind: "drop", times: 3 });
export const throttling = next(2, { service: "dynamodb", kind: "throttle", times: 5 });
export const cutObjects = next(1, { service: "s3", kind: "error500", times: 3 });

export const slowServices: Fault = {
  needs: ["aws"],
  weight: 2,
  holdMs: 3_000,
  inject: async ({ aws }) => {
    aws?.setDelays(0.3);
    return { what: "3 of 10 answers late", heal: async () => aws?.setDelays(0) };
  },
};

export const garbageMessage: Fault = {
  needs: ["aws"],
  weight: 2,
  inject: async ({ aws }, draw) => {
    await aws?.sendGarbage(`no batch ${draw}`);
    return { what: "in the job's queue" };
  },
};

export const reclaimMachine: Fault = {
  needs: ["aws"],
  weight: 2,
  inject: async ({ aws }, draw) => {
    const machine = aws?.reclaim(draw);
    return machine === undefined ? undefined : { what: machine };
  },
};
