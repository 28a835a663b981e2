import { type Attributes, resourcesOf, type Stack } from "../fixtures/synth.ts";
import type { Check } from "./checks-network.ts";

const STRATEGIES: Readonly<Record<string, string>> = {
  EC2: "BEST_FIT_PROGRESSIVE",
  SPOT: "SPOT_PRICE_CAPACITY_OPTIMIZED",
};

const environments = (stack: Stack) =>
  resourcesOf(stack, "aws_batch_compute_environment").map(
    ([name, environment]) => [name, environment, environment.compute_resources as Attributes] as const,
  );

/** A change that replaces an environment makes the new one before the old one goes. */
export const replaceableEnvironments: Check = (stack) =>
  environments(stack).flatMap(([name, environment]) => {
    const { create_before_destroy, ignore_changes } = (environment.lifecycle ?? {}) as Attributes;
    return [
      ...(environment.name === undefined && environment.name_prefix !== undefined
        ? []
        : [`${name} has a fixed name`]),
      ...(create_before_destroy === true ? [] : [`${name} is destroyed before its successor is made`]),
      ...(String(ignore_changes).includes("desired_vcpus")
        ? []
        : [`${name} fights AWS Batch over desired_vcpus`]),
      ...(environment.service_role === undefined ? [] : [`${name} has a service role: changes replace it`]),
    ];
  });

export const scalesToZero: Check = (stack) =>
  environments(stack).flatMap(([name, , resources]) =>
    resources.min_vcpus === 0 ? [] : [`${name} keeps ${resources.min_vcpus} vCPUs`],
  );

export const allocation: Check = (stack) =>
  environments(stack).flatMap(([name, , resources]) => {
    const { type, allocation_strategy: strategy } = resources;
    const problems = STRATEGIES[String(type)] === strategy ? [] : [`${name} allocates by ${strategy}`];
    if (resources.bid_percentage !== undefined) problems.push(`${name} bids`);
    if (resources.spot_iam_fleet_role !== undefined) problems.push(`${name} has a fleet role`);
    return problems;
  });

/** Images of Amazon Linux 2023; with NVIDIA's driver on machines with GPUs. */
export const machineImages: Check = (stack) =>
  environments(stack).flatMap(([name, , resources]) => {
    const [{ image_type: type } = {}] = resources.ec2_configuration as Attributes[];
    const isGpu = (resources.instance_type as string[]).some((one) => /^[gp]\d/.test(one));
    return type === (isGpu ? "ECS_AL2023_NVIDIA" : "ECS_AL2023") ? [] : [`${name} starts ${type}`];
  });

/** A queue without a policy can never gain one. */
export const fairShare: Check = (stack) =>
  resourcesOf(stack, "aws_batch_job_queue").flatMap(([name, queue]) => {
    const actions = (queue.job_state_time_limit_action ?? []) as Attributes[];
    return [
      ...(queue.scheduling_policy_arn !== undefined ? [] : [`${name} has no fair-share policy`]),
      ...(actions.some(({ reason }) => String(reason).startsWith("MISCONFIGURATION:"))
        ? []
        : [`${name} lets a job that can never run block the others`]),
    ];
  });

/** Where spot has a queue, on demand is behind it. */
export const spotFallsBack: Check = (stack) =>
  resourcesOf(stack, "aws_batch_job_queue").flatMap(([name, queue]) => {
    const order = queue.compute_environment_order as Attributes[];
    const arns = order.map(({ compute_environment }) => String(compute_environment));
    if (!String(queue.name).endsWith("-spot")) {
      return arns.length === 1 && !arns[0]?.includes("spot") ? [] : [`${name} buys spot`];
    }
    return arns.length === 2 && arns[0]?.includes("spot") && !arns[1]?.includes("spot")
      ? []
      : [`${name} does not fall back to on-demand machines`];
  });
