import test from "ava";
import fc from "fast-check";
import { MillraceError } from "../../src/mod.ts";
import { type ConfigErrorEntry, parseApiConfigs, parseApiSpecView } from "../../src/schemas.ts";

const file = "millrace.yaml";
const minimal = "name: a\npredictor: {type: python, path: p.py}\n";

function errorOf(text: string): MillraceError {
  try {
    parseApiConfigs(text, { file });
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text}`);
}

/** Message lines without the file's name. */
function linesOf(text: string): readonly string[] {
  return errorOf(text)
    .message.split("\n")
    .map((line) => line.replace(`${file}:`, ""));
}

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
    webhook: { url: "https://example.com/x", events: ["running"], secret: "0123456789abcdef" },
  });
});

test("parseApiConfigs() warns with the place when Cortex's fields do no harm", (t) => {
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

const wrong: readonly (readonly [title: string, text: string, lines: readonly string[]])[] = [
  [
    "a field is misspelt",
    "- name: a\n  predictor:\n    type: python\n    pth: p.py\n",
    ['4:5: predictor.pth: unknown field, did you mean "path"'],
  ],
  [
    "a field stands at the wrong level",
    `${minimal}cpu: 1\n`,
    ['3:1: cpu: unknown field here, did you mean "compute.cpu"'],
  ],
  [
    "a field is like none",
    `${minimal}zebra: 1\n`,
    [
      "3:1: zebra: unknown field, expected one of: name, kind, predictor, compute, networking, job_defaults, webhook",
    ],
  ],
  ["what is required is missing", "{}", ["1:1: name: must be defined", "1:1: predictor: must be defined"]],
  [
    "a nested field is missing",
    "name: a\npredictor:\n  type: python\n",
    ["2:1: predictor.path: must be defined"],
  ],
  [
    "types are wrong",
    "name: 1\npredictor: {type: python, path: [x], config: [1], env: x}\ncompute: 3\n",
    [
      "1:7: name: must be a string (got 1)",
      "2:33: predictor.path: must be a string (got a list)",
      "2:46: predictor.config: must be an object (got a list)",
      '2:56: predictor.env: must be an object (got "x")',
      "3:10: compute: must be an object (got 3)",
    ],
  ],
  [
    "numbers are out of range",
    `${minimal}compute: {cpu: 0, gpu: -1, mem: 2, shm: 10MB}\njob_defaults: {max_attempts: 101, batch_timeout: 1.5, prefetch: "2"}\n`,
    [
      '3:16: compute.cpu: must be a number of cores above 0, such as 1, 0.5 or "500m" (got 0)',
      "3:24: compute.gpu: must be greater than or equal to 0 (got -1)",
      "3:33: compute.mem: must be at least 16Mi (got 2), a plain number counts bytes: add Mi or Gi",
      '3:41: compute.shm: must be a size such as 512Mi, 2Gi or 500M (got "10MB")',
      "4:30: job_defaults.max_attempts: must be less than or equal to 100 (got 101)",
      "4:50: job_defaults.batch_timeout: must be an integer (got 1.5)",
      '4:65: job_defaults.prefetch: must be an integer (got "2")',
    ],
  ],
  [
    "paths leave the project",
    "name: a\npredictor: {type: python, path: /p.py, python_path: a/../.., dependencies: {pip: 'C:\\r.txt'}}\n",
    [
      '2:33: predictor.path: must be a path inside the project, relative to the configuration file and without ".." (got "/p.py")',
      '2:53: predictor.python_path: must be a path inside the project, relative to the configuration file and without ".." (got "a/../..")',
      '2:82: predictor.dependencies.pip: must be a path inside the project, relative to the configuration file and without ".." (got "C:\\\\r.txt")',
    ],
  ],
  [
    "the predictor's file is of the other type",
    "name: a\npredictor: {type: python, path: p.ts}\n",
    ['2:33: predictor.path: must be a .py file, as predictor.type is python (got "p.ts")'],
  ],
  [
    "the environment has a list, nothing and a bad name",
    "name: a\npredictor: {type: python, path: p.py, env: {A: [1], B: , 'C D': x}}\n",
    [
      "2:48: predictor.env.A: must be a string (got a list)",
      '2:53: predictor.env.B: must be a string (got null), write "" for an empty one',
      '2:58: predictor.env.C D: is not a name for an environment variable, expected letters, digits and "_" (got "C D")',
    ],
  ],
  [
    "the config is not JSON",
    "name: a\npredictor: {type: python, path: p.py, config: {x: [1, .nan]}}\n",
    ["2:55: predictor.config.x[1]: must be a finite number (got NaN)"],
  ],
  [
    "Cortex's fields mean what Millrace cannot do",
    "name: a\nkind: RealtimeAPI\npredictor:\n  type: onnx\n  path: p.py\n  models: {path: s3://b/m}\ncompute: {inf: 1}\n",
    [
      '2:7: kind: must be BatchAPI (got "RealtimeAPI"), Millrace runs offline batch inference only',
      '4:9: predictor.type: must be one of python, typescript (got "onnx"), write a PythonPredictor that loads the model in its constructor',
      "6:3: predictor.models: Cortex's predictor.models is not supported: load the model in the predictor's constructor, for example from a path in predictor.config",
      "7:11: compute.inf: Cortex's compute.inf is not supported: use compute.gpu, or leave it out to run on CPUs",
    ],
  ],
  [
    "the name would be a reserved endpoint",
    "name: jobs\npredictor: {type: python, path: p.py}\n",
    [
      '1:7: name: would be the endpoint too, and "jobs" is reserved: set networking.endpoint or choose another name',
    ],
  ],
  [
    "endpoints are reserved or have a slash",
    `- {name: a, predictor: {type: python, path: p.py}, networking: {endpoint: /metrics}}\n- {name: b, predictor: {type: python, path: p.py}, networking: {endpoint: a/b}}\n`,
    [
      '1:75: a: networking.endpoint: is reserved (got "/metrics"), choose another than jobs, apis, healthz, readyz, metrics, openapi.json, dashboard, session',
      '2:75: b: networking.endpoint: must be one path segment of letters, digits, "-", "_" and ".", at most 63 long (got "a/b")',
    ],
  ],
  [
    "names and endpoints are taken twice",
    "- {name: a, predictor: {type: python, path: p.py}}\n- {name: a, predictor: {type: python, path: p.py}}\n- name: b\n  predictor: {type: python, path: p.py}\n  networking: {endpoint: a}\n",
    [
      '2:10: a: name: must be unique (got "a" twice)',
      '5:26: b: networking.endpoint: must be unique (got "a", which is the endpoint of "a" too)',
    ],
  ],
  [
    "an entry of the list is no API",
    "- 1\n- {}\n",
    [
      "1:3: #1: must be an object with name and predictor (got 1)",
      "2:3: #2: name: must be defined",
      "2:3: #2: predictor: must be defined",
    ],
  ],
  ["the file is empty", "", ["1:1: is empty, expected a list of APIs, each with name and predictor"]],
  [
    "the file has only comments",
    "# a\n---\n# b\n",
    ["1:1: is empty, expected a list of APIs, each with name and predictor"],
  ],
  ["the list is empty", "[]", ["1:1: must list 1 to 1000 APIs (got 0)"]],
  [
    "the file has two documents",
    `${minimal}---\n${minimal}`,
    ["4:1: must be one YAML document (got several), put all APIs into one list"],
  ],
  ["a field is there twice", `${minimal}name: b\n`, ['3:1: duplicate field "name"']],
  [
    "tabs indent",
    "name: a\npredictor:\n\ttype: python\n",
    ["3:1: is not valid YAML: Tabs are not allowed as indentation"],
  ],
  ["a tag is unknown", "!foo\nname: a\n", ["1:1: is not valid YAML: Unresolved tag: !foo"]],
  ["an alias has no anchor", "name: *x\n", ['1:7: alias "*x" has no anchor "&x" before it']],
  ["an alias contains itself", "name: &x [*x]\n", ['1:11: alias "*x" contains itself']],
  ["a name is __proto__", "__proto__: {a: 1}\n", ['1:1: a field must not be called "__proto__"']],
  ["a field's name is a list", "? [a]\n: b\n", ["1:3: a field's name must be a plain text"]],
];

for (const [title, text, lines] of wrong) {
  test(`parseApiConfigs() names place, field and remedy when ${title}`, (t) => {
    t.deepEqual(linesOf(text), lines);
  });
}

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

test("parseApiConfigs() says where a secret is wrong, and never what it is", (t) => {
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

const hostile: readonly (readonly [string, string, RegExp])[] = [
  [
    "aliases multiply",
    `a: &a [x,x,x,x,x,x,x,x,x,x]\n${["ab", "bc", "cd", "de", "ef", "fg"].map((pair) => `${pair[1]}: &${pair[1]} [${Array(10).fill(`*${pair[0]}`).join()}]`).join("\n")}`,
    /aliases stand for more than 10000 values/,
  ],
  ["brackets nest", "[".repeat(200_000), /nested too deeply/],
  ["lists nest", "- ".repeat(120_000), /nested too deeply/],
  [
    "a closed value nests",
    `${"[".repeat(250)}${"]".repeat(250)}`,
    /must not be nested deeper than 200 levels/,
  ],
  ["keys repeat", "a:\n".repeat(80_000), /79900 more errors|79899 more errors/],
  ["aliases abound", `- &a 1\n${"- *a\n".repeat(50_000)}`, /must list 1 to 1000 APIs|aliases stand for/],
  [
    "the file is huge",
    "#".repeat(300_000),
    /must be at most 262144 bytes \(got 300000\), keep data in files/,
  ],
  ["brackets close what is not open", "}".repeat(100_000), /not valid YAML/],
  ["a key is long", `? ${"k".repeat(200_000)}\n: 1`, /k{64}…: unknown field/],
];

for (const [title, text, expected] of hostile) {
  test(`parseApiConfigs() refuses in bounded time and words when ${title}`, (t) => {
    const { message } = errorOf(text);
    t.regex(message, expected);
    t.true(message.length < 40_000, String(message.length));
  });
}

const yamlPiece = fc.constantFrom(
  ..."name: a|predictor:|  type: python|  path: p.py|- |: |? |&a |*a|<<: *a|[|]|{|}|,|'|\"|\\|\t|\n|\r\n|#|---|...|!!set|!!omap|!!binary x|!x |%YAML 1.1|~|.nan|.inf|0x1F|1e999|null|__proto__: 1|constructor: 1|toString: 1|compute:|  mem: 1|env:|    A: ~|\u0000|\u{1F600}|\uD800|\uFEFF|>-|\\||@|`".split(
    "|",
  ),
);

test("parseApiConfigs() throws nothing but invalid_config when the text is anything", (t) => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(yamlPiece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.array(yamlPiece, { maxLength: 40 }).map((pieces) => pieces.join("\n")),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.array(yamlPiece, { maxLength: 10 }).map((pieces) => `${minimal}${pieces.join("\n")}`),
  );
  fc.assert(
    fc.property(text, (yaml) => {
      try {
        parseApiConfigs(yaml, { file });
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== "invalid_config") throw error;
        const errors = error.details.errors as readonly ConfigErrorEntry[];
        if (errors.length === 0 || errors.some(({ line, column }) => line < 1 || column < 1)) throw error;
      }
    }),
    { numRuns: 3_000 },
  );
  t.pass();
});

test("parseApiSpecView() throws nothing but invalid_config when the value is anything", (t) => {
  const value = fc.oneof(
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
    fc.record({
      name: fc.anything(),
      predictor: fc.oneof(
        fc.anything(),
        fc.record({ type: fc.constant("python"), path: fc.anything(), env: fc.object() }),
      ),
      compute: fc.object(),
      networking: fc.object(),
    }),
  );
  fc.assert(
    fc.property(value, (view) => {
      try {
        parseApiSpecView(view);
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== "invalid_config") throw error;
      }
    }),
    { numRuns: 2_000 },
  );
  t.pass();
});
