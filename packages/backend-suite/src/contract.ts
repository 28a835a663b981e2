import type { ErrorCode, WorkerBackend } from "@millrace/core";
import { MillraceError } from "@millrace/core";
import type { ExecutionContext } from "ava";
import type { BackendFixture, BackendUnderTest, QueuePromises } from "./fixture.ts";

export interface Contract extends BackendUnderTest {
  /** A second connection, closed after the test. */
  second(): Promise<WorkerBackend>;
  readonly queue: QueuePromises;
}

/** Registers one test with its own backend. */
export type ContractTest = (
  title: string,
  body: (t: ExecutionContext, contract: Contract) => Promise<void>,
) => void;

/** ava's `test`, or `test.serial`. */
export type RegisterTest = (title: string, body: (t: ExecutionContext) => Promise<void>) => void;

export function contractTest(test: RegisterTest, fixture: BackendFixture): ContractTest {
  return (title, body) => {
    test(`${fixture.name}: ${title}`, async (t) => {
      const subject = await fixture.create();
      const others: WorkerBackend[] = [];
      try {
        const second = async () => {
          const other = await subject.reopen();
          others.push(other);
          return other;
        };
        await body(t, { ...subject, second, queue: fixture.queue });
      } finally {
        for (const other of others) await other.ledger.close();
        await subject.cleanup();
      }
    });
  };
}

/** Asserts that `work` fails with the platform's error `code` and a message that contains `text`. */
export async function throwsCode(
  t: ExecutionContext,
  work: () => Promise<unknown>,
  { code, text = "" }: { readonly code: ErrorCode; readonly text?: string },
): Promise<void> {
  const error = await t.throwsAsync(work, { instanceOf: MillraceError });
  t.is(error?.code, code, error?.message);
  t.true(error?.message.includes(text), `expected ${JSON.stringify(text)} in: ${error?.message}`);
}
