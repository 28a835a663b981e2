export interface Arns {
  job(id: string): string;
  jobQueue(name: string): string;
  jobDefinition(name: string, revision: number): string;
  computeEnvironment(name: string): string;
  schedulingPolicy(name: string): string;
  task(cluster: string, id: string): string;
  containerInstance(cluster: string, id: string): string;
}

export function makeArns({ region, account }: { readonly region: string; readonly account: string }): Arns {
  const batch = (resource: string) => `arn:aws:batch:${region}:${account}:${resource}`;
  const ecs = (resource: string) => `arn:aws:ecs:${region}:${account}:${resource}`;
  return {
    job: (id) => batch(`job/${id}`),
    jobQueue: (name) => batch(`job-queue/${name}`),
    jobDefinition: (name, revision) => batch(`job-definition/${name}:${revision}`),
    computeEnvironment: (name) => batch(`compute-environment/${name}`),
    schedulingPolicy: (name) => batch(`scheduling-policy/${name}`),
    task: (cluster, id) => ecs(`task/${cluster}/${id}`),
    containerInstance: (cluster, id) => ecs(`container-instance/${cluster}/${id}`),
  };
}

/** The last part of an ARN, or the name itself: every parameter accepts both. */
export function nameOf(nameOrArn: string): string {
  return nameOrArn.startsWith("arn:") ? nameOrArn.slice(nameOrArn.indexOf("/") + 1) : nameOrArn;
}
