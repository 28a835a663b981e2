import test from "ava";
import { type ConfigErrorEntry, parseApiConfigs } from "../../src/schemas.ts";
import { errorOf, file, linesOf, minimal } from "./support.ts";

test("parseApiConfigs() fills in every default when only what is required is given", (t) => {
  const { apis, warnings } = parseApiConfigs(minimal, { file });
  t.deepEqual(warnings, []);
  t.deepEqual(apis, [
    {
      name: "a",
      kind: "BatchAPI",
      predictor: {
        type: "python",
        path: "p.py",
        config: {},
        env: {},
        pythonPath: ".",
        dependencies: { pip: "requirements.txt", conda: "conda-packages.txt", shell: "dependencies.sh" },
      },
      compute: { cpu: 1, gpu: 0, spot: false },
      networking: { endpoint: "a" },
      jobDefaults: { maxAttempts: 3, onFailure: "isolate", batchTimeoutSeconds: 600, prefetchBatches: 2 },
    },
  ]);
});

test("parseApiConfigs() reads every field when all are given", (t) => {
  const text = `
- name: image-classifier
  kind: BatchAPI
  predictor:
    type: typescript
    path: ./src//predictor.mts
    config: { labels: [a, b], nested: { deep: null } }
    env: { THREADS: 2, EXACT: 1.10, DEBUG: true, TEXT: yes, QUOTED: "3", EMPTY: "" }
    python_path: lib/
    image: registry/image:1
    dependencies: { pip: deps/r.txt, conda: c.txt, shell: s.sh }
  compute: { cpu: 500m, gpu: 2, mem: 2Gi, shm: 64Mi, accelerator: g5, spot: true }
  networking: { endpoint: /classify }
  job_defaults: { max_attempts: 5, on_failure: fail_batch, batch_timeout: 60, prefetch: 0 }
  output: { nan: string }
  webhook: { url: "https://example.com/x", events: [running], secret: 0123456789abcdef }
`;
  const { apis, warnings } = parseApiConfigs(text, { file });
  t.deepEqual(warnings, []);
  t.deepEqual(apis[0], {
    name: "image-classifier",
    kind: "BatchAPI",
    predictor: {
      type: "typescript",
      path: "src/predictor.mts",
      config: { labels: ["a", "b"], nested: { deep: null } },
      env: { THREADS: "2", EXACT: "1.10", DEBUG: "true", TEXT: "yes", QUOTED: "3", EMPTY: "" },
      pythonPath: "lib",
      image: "registry/image:1",
      dependencies: { pip: "deps/r.txt", conda: "c.txt", shell: "s.sh" },
    },
    compute: {
      cpu: 0.5,
      gpu: 2,
      memBytes: 2 * 2 ** 30,
      shmBytes: 64 * 2 ** 20,
      accelerator: "g5",
      spot: true,
    },
    networking: { endpoint: "classify" },
    jobDefaults: { maxAttempts: 5, onFailure: "fail_batch", batchTimeoutSeconds: 60, prefetchBatches: 0 },
    output: { nan: "string" },
    webhook: { url: "https://example.com/x", events: ["running"], secret: "0123456789abcdef" },
  });
});

test("parseApiConfigs() warns with the position when Cortex's fields are harmless", (t) => {
  const text = `- name: a
  kind: BatchAPI
  predictor:
    type: python
    path: p.py
    processes_per_replica: 4
    shm_size: 1Gi
  compute:
    cpu: 200m
    mem: Null
  networking:
    api_gateway: public
`;
  const { apis, warnings } = parseApiConfigs(text, { file });
  t.deepEqual(apis[0]?.compute, { cpu: 0.2, gpu: 0, shmBytes: 2 ** 30, spot: false });
  t.deepEqual(
    warnings.map(({ line, column, field }) => `${line}:${column} ${field}`),
    ["6:5 predictor.processes_per_replica", "12:5 networking.api_gateway"],
  );
  t.is(
    warnings[1]?.message,
    "millrace.yaml:12:5: networking.api_gateway: ignored: the service has its own address",
  );
});

test("parseApiConfigs() treats empty fields as left out when they are optional", (t) => {
  const text = `${minimal}compute:\nnetworking:\n  endpoint:\njob_defaults: ~\n`;
  t.is(parseApiConfigs(text, { file }).apis[0]?.networking.endpoint, "a");
});

test("parseApiConfigs() merges anchors when they are used", (t) => {
  const text = `- &base
  name: a
  predictor: {type: python, path: p.py, config: &c {x: 1}}
- <<: *base
  name: b
- <<: [*base]
  name: c
  predictor: {type: python, path: q.py, config: *c}
`;
  const { apis } = parseApiConfigs(text, { file });
  t.deepEqual(
    apis.map(({ name, predictor }) => [name, predictor.path, predictor.config]),
    [
      ["a", "p.py", { x: 1 }],
      ["b", "p.py", { x: 1 }],
      ["c", "q.py", { x: 1 }],
    ],
  );
});

test("parseApiConfigs() lists the mistakes in details when there are several", (t) => {
  const { code, details } = errorOf("name: A\npredictor: {type: python, path: p.py}\nkind: X\n");
  t.is(code, "invalid_config");
  t.is(details.field, "name");
  const errors = details.errors as readonly ConfigErrorEntry[];
  t.deepEqual(
    errors.map(({ file: name, line, column, field }) => [name, line, column, field]),
    [
      [file, 1, 7, "name"],
      [file, 3, 7, "kind"],
    ],
  );
});

test("parseApiConfigs() counts lines and columns when the text has CRLF, tabs and wide characters", (t) => {
  t.deepEqual(linesOf("# ünïcödé 😀\r\nname: a\r\npredictor: {type: python, pth: p.py}\r\n"), [
    '3:27: predictor.pth: unknown field, did you mean "path"',
  ]);
});

test("parseApiConfigs() counts the lines of what the YAML parser cannot read", (t) => {
  const { errors } = errorOf(" :\nnd\ng:").details as { readonly errors: readonly ConfigErrorEntry[] };
  t.deepEqual(
    errors.map(({ line, column }) => [line, column]),
    [
      [2, 1],
      [3, 2],
    ],
  );
});

test("parseApiConfigs() says where a secret is wrong, and never shows it", (t) => {
  const secrets = ["s3cr3t", `s3cr3t${"x".repeat(300)}`, "31337313373133731337", "true"];
  for (const secret of secrets) {
    const { message, details } = errorOf(
      `${minimal}webhook: {url: "https://example.com", secret: ${secret}}\n`,
    );
    t.regex(
      message,
      /webhook\.secret: must be (16 to 256 characters long|a string \(got a (number|boolean)\))/,
    );
    t.false(`${message} ${JSON.stringify(details)}`.includes(secret), message);
  }
  const { message } = errorOf("name: a\npredictor: {type: python, path: p.py, env: {KEY: [s3cr3t]}}\n");
  t.regex(message, /predictor\.env\.KEY: .*got a list/);
  t.notRegex(message, /s3cr3t/);
});

test("parseApiConfigs() takes null for output.nan as the rule, and a field without a value as absent", (t) => {
  const outputs: readonly (readonly [string, object | undefined])[] = [
    ["output: { nan: null }", { nan: "null" }],
    ["output: { nan: ~ }", { nan: "null" }],
    ['output: { nan: "null" }', { nan: "null" }],
    ["output: { nan: string }", { nan: "string" }],
    ["output: { nan: error }", undefined],
    ["output:\n  nan:", undefined],
    ["output:", undefined],
    ["output: {}", undefined],
  ];
  for (const [text, output] of outputs)
    t.deepEqual(parseApiConfigs(`${minimal}${text}\n`, { file }).apis[0]?.output, output, text);
});
