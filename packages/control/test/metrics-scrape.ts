export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
}

/** What a scrape says, read strictly: a line that is not of the text format 0.0.4 throws. */
export class Scrape {
  readonly families = new Map<string, Family>();
  readonly samples: Sample[] = [];

  constructor(text: string) {
    const help = new Map<string, string>();
    const seen = new Set<string>();
    for (const line of text.split("\n")) {
      if (line === "") continue;
      const meta = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
      if (meta?.[1] === "HELP") {
        help.set(String(meta[2]), String(meta[3]));
        continue;
      }
      if (meta) {
        const name = String(meta[2]);
        if (this.families.has(name)) throw new Error(`twice: ${name}`);
        this.families.set(name, { type: String(meta[3]), help: help.get(name) ?? "" });
        continue;
      }
      const key = line.slice(0, line.lastIndexOf(" "));
      if (seen.has(key)) throw new Error(`twice: ${key}`);
      seen.add(key);
      this.samples.push(parseSample(line));
    }
  }

  /** The value of the one series with exactly these labels, or undefined. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = JSON.stringify(Object.entries(labels).toSorted());
    return this.samples.find(
      (sample) => sample.name === name && JSON.stringify(Object.entries(sample.labels).toSorted()) === wanted,
    )?.value;
  }

  /** Every value that a label has, over all metrics. */
  labelValues(label: string): ReadonlySet<string> {
    const values = this.samples.map(({ labels }) => labels[label]);
    return new Set(values.filter((value) => value !== undefined));
  }
}

function parseSample(line: string): Sample {
  const match = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (!match) throw new Error(`not a sample: ${line}`);
  const labels: Record<string, string> = {};
  let rest = match[2] ?? "";
  while (rest !== "") {
    const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/.exec(rest);
    if (!pair) throw new Error(`not labels: ${rest}`);
    labels[String(pair[1])] = String(pair[2]);
    rest = rest.slice(pair[0].length);
  }
  const value = match[3] === "+Inf" ? Number.POSITIVE_INFINITY : Number(match[3]);
  if (Number.isNaN(value) && match[3] !== "NaN") throw new Error(`not a number: ${line}`);
  return { name: String(match[1]), labels, value };
}
