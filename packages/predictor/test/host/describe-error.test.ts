import test from "ava";
import { describeError } from "../../src/host/describe-error.ts";
import { ItemError, RetryLater } from "../../src/item-error.ts";

/** A getter, or anything else of an error, that fails. */
function fails(): never {
  throw new Error("trap");
}

function withProperty(error: Error, name: string, descriptor: PropertyDescriptor): Error {
  return Object.defineProperty(error, name, descriptor);
}

test("describeError() returns class, message and stack of errors", (t) => {
  const { code, type, message, traceback } = describeError(new RangeError("too far"), "predictor_error");
  t.deepEqual([code, type, message], ["predictor_error", "RangeError", "too far"]);
  t.regex(traceback ?? "", /^RangeError: too far\n {4}at .*describe-error\.test\.ts/);
});

test("describeError() describes other thrown values", (t) => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    ["just text", "string", /just text/],
    [undefined, "undefined", /undefined/],
    [null, "null", /null/],
    [{ code: 429, why: "busy" }, "object", /429.*busy/s],
    [Object.create(null, { a: { value: 1, enumerable: true } }), "object", /a: 1/],
    [Symbol("sign"), "symbol", /Symbol\(sign\)/],
    [5n, "bigint", /5n/],
    [() => 1, "function", /Function/],
    [revoked.proxy, "object", /./],
    [{ [Symbol.for("nodejs.util.inspect.custom")]: fails, toString: fails }, "object", /./],
    [new Proxy({}, { get: fails, getPrototypeOf: fails, ownKeys: fails }), "object", /./],
  ];
  for (const [thrown, type, message] of cases) {
    const described = describeError(thrown, "predictor_error");
    t.is(described.type, type);
    t.regex(described.message, message);
    t.notThrows(() => JSON.stringify(described));
  }
});

test("describeError() returns type and message of errors with throwing accessors", (t) => {
  const hostileName = class extends Error {
    static override readonly name = 7 as never;
  };
  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [withProperty(new Error("x"), "message", { get: fails }), "Error", /x|Error/],
    [withProperty(new Error("x"), "message", { value: 5 }), "Error", /5/],
    [withProperty(new Error("x"), "message", { value: { a: 1 } }), "Error", /a: 1/],
    [withProperty(new Error("no stack"), "stack", { value: 5 }), "Error", /no stack/],
    [withProperty(new Error("no stack"), "stack", { get: fails }), "Error", /no stack/],
    [withProperty(new TypeError("t"), "constructor", { get: fails }), "TypeError", /t/],
    [withProperty(new TypeError("t"), "name", { value: 9 }), "TypeError", /t/],
    [new hostileName("n"), "Error", /n/],
    [new Error(""), "Error", /Error/],
    [withProperty(new Error("c"), "cause", { get: fails }), "Error", /c/],
    [new Proxy(new Error("p"), { get: fails }), "Error", /p/],
    [Object.setPrototypeOf(new Error("bare"), null), "Error", /bare/],
  ];
  for (const [thrown, type, message] of cases) {
    const described = describeError(thrown, "predictor_error");
    t.is(described.type, type, String(message));
    t.regex(described.message, message);
    t.is(typeof described.traceback, "string");
  }
});

test.serial("describeError() returns the stack when Error.prepareStackTrace changes it", (t) => {
  const before = Error.prepareStackTrace;
  for (const [what, prepare] of Object.entries({
    "call sites": (_: Error, sites: NodeJS.CallSite[]) => sites,
    nothing: () => undefined,
    "a failure": fails,
  })) {
    const read = new Error(`read ${what}`);
    const unread = new Error(`cannot parse ${what}`);
    Error.prepareStackTrace = prepare;
    try {
      try {
        void read.stack;
      } catch {}
      for (const error of [read, unread]) {
        const { message, traceback } = describeError(error, "predictor_error");
        t.is(message, error.message);
        t.true(traceback?.includes(error.message), traceback);
      }
      t.regex(
        describeError(unread, "predictor_error").traceback ?? "",
        /\n {4}at .*describe-error\.test\.ts/,
      );
      t.is(Error.prepareStackTrace, prepare);
    } finally {
      Error.prepareStackTrace = before;
    }
  }
});

test("describeError() includes causes and the errors of an AggregateError, and stops at cycles", (t) => {
  const first = new Error("first");
  const second = new Error("second", { cause: first });
  first.cause = second;
  const many = new AggregateError([new Error("a"), new Error("b", { cause: second })], "many");
  const { message, traceback = "" } = describeError(many, "predictor_error");
  t.is(message, "many");
  const told = [
    /Among them: Error: a/,
    /Among them: Error: b/,
    /Caused by: Error: second/,
    /Caused by: Error: first/,
  ];
  for (const expected of told) t.regex(traceback, expected);
  let long = new Error("innermost");
  for (let i = 0; i < 100_000; i++) long = new Error(`error ${i}`, { cause: long });
  t.true((describeError(long, "predictor_error").traceback?.length ?? 0) <= 70_000);
  const wide = new AggregateError(
    Array.from({ length: 100_000 }, (_, i) => new Error(`${i}`)),
    "wide",
  );
  t.true((describeError(wide, "predictor_error").traceback?.length ?? 0) <= 70_000);
});

test("describeError() clips messages and stacks", (t) => {
  const { message, traceback } = describeError(new Error("x".repeat(50_000_000)), "predictor_error");
  t.true(message.length < 20_000 && (traceback?.length ?? 0) < 70_000);
});

test("describeError() tells a full GPU by the texts of native modules, also in a cause", (t) => {
  const arena =
    "Non-zero status code returned while running Conv node. Name:'' Status Message: /onnxruntime_src/onnxruntime/core/" +
    "framework/bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) " +
    "Failed to allocate memory for requested buffer of size 70368744177664\n";
  const full = [
    new Error(arena),
    new Error("CUDA failure 2: out of memory ; GPU=0 ; hostname=worker ; expr=cudaMalloc((void**)&p, size)"),
    new Error("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED"),
    new Error("OOM when allocating tensor with shape[64,512,512,64] and type float"),
    new Error("inference failed", { cause: new Error(arena) }),
    new AggregateError([new Error(arena)], "two sessions"),
  ];
  for (const error of full)
    t.is(describeError(error, "predictor_error").code, "predictor_out_of_gpu_memory", error.message);
  const others = [
    new Error("input 'shape' is missing in 'feeds'."),
    new ItemError("too_large", arena),
    new RetryLater(1),
  ];
  for (const error of others) t.is(describeError(error, "predictor_error").code, "predictor_error");
  t.is(describeError(new Error(arena), "predictor_init_failed").code, "predictor_init_failed");
});
