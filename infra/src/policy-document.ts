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

/** A role's policy, from statements that permit. */
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

/** A trust policy: an AWS service may assume the role; if an account is given, only on behalf of that account. */
export function trusting(service: string, account: string | undefined): string {
  return policyDocument([
    {
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      // Prevents the confused deputy problem: another account cannot use the role through the service.
      ...(account !== undefined && { Condition: { StringEquals: { "aws:SourceAccount": account } } }),
    },
  ]);
}

/** Denies everything that does not use TLS. */
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
