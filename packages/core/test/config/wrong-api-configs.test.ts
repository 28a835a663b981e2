import test from "ava";
import { linesOf, minimal } from "./support.ts";

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
      "3:1: zebra: unknown field, expected one of: name, kind, predictor, compute, networking, job_defaults, output, webhook",
    ],
  ],
  [
    "a rule for outputs is none",
    `${minimal}output: {nan: zero, nnan: 1}\n`,
    [
      '3:15: output.nan: must be one of error, null, string (got "zero")',
      '3:21: output.nnan: unknown field, did you mean "nan"',
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
    ['2:33: predictor.path: must be a .py file, because predictor.type is python (got "p.ts")'],
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
      '1:7: name: would also be the endpoint, but "jobs" is reserved: set networking.endpoint or choose another name',
    ],
  ],
  [
    "endpoints are reserved or have a slash",
    `- {name: a, predictor: {type: python, path: p.py}, networking: {endpoint: /metrics}}\n- {name: b, predictor: {type: python, path: p.py}, networking: {endpoint: a/b}}\n`,
    [
      '1:75: a: networking.endpoint: is reserved (got "/metrics"), choose a name other than jobs, apis, healthz, readyz, metrics, openapi.json, dashboard, session',
      '2:75: b: networking.endpoint: must be one path segment of letters, digits, "-", "_" and ".", at most 63 long (got "a/b")',
    ],
  ],
  [
    "names and endpoints are taken twice",
    "- {name: a, predictor: {type: python, path: p.py}}\n- {name: a, predictor: {type: python, path: p.py}}\n- name: b\n  predictor: {type: python, path: p.py}\n  networking: {endpoint: a}\n",
    [
      '2:10: a: name: must be unique (got "a" twice)',
      '5:26: b: networking.endpoint: must be unique (got "a", which is also the endpoint of "a")',
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
  ["a field's name is a list", "? [a]\n: b\n", ["1:3: a field's name must be plain text"]],
];

for (const [title, text, lines] of wrong) {
  test(`parseApiConfigs() names position, field and fix when ${title}`, (t) => {
    t.deepEqual(linesOf(text), lines);
  });
}
