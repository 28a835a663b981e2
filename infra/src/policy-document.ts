import type { PolicyStatement } from "@millrace/backend-aws/permissions";

interface Statement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: "*" | Readonly<Record<string, string | readonly string[]>>;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/** An IAM policy as JSON. */
export function policyDocument(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

/** The policy of a role, from statements that permit. */
export function allowing(statements: readonly PolicyStatement[]): string {
  return policyDocument(
    statements.map(({ sid, actions, resources, condition }) => ({
      Sid: sid,
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(condition && { Condition: condition }),
    })),
  );
}

/** Who may act in a role: a service of AWS, and for whom it asks only this account. */
export function trusting(service: string, account: string | undefined): string {
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      // Another account's use of the service cannot borrow the role: the confused deputy.
      ...(account !== undefined && { Condition: { StringEquals: { "aws:SourceAccount": account } } }),
    },
  ]);
}

/** Refuses everything that does not come by TLS. */
export function tlsOnly(actions: string, resources: readonly string[]): Statement {
  return {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: actions,
    Resource: resources,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}
