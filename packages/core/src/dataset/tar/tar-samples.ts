import type { Buffer } from "node:buffer";
import type { Source } from "../../ports/ledger-batches.ts";
import { joinBytes } from "../byte-chunks.ts";
import { KEY, memberText, type SampleName, sampleName } from "./sample-members.ts";
import { NotTarError } from "./tar-header.ts";
import { TarScanner } from "./tar-scanner.ts";

export interface TarSample {
  /** JSON text of an object: the key, then the members by suffix, in their order. */
  readonly text: string;
  /** Position after its last member. */
  readonly end: number;
}

/** The samples in bytes that start and end between two samples; undefined when they are not whole. */
export function tarSamples(bytes: Buffer, { nan }: Pick<Source, "nan">): readonly TarSample[] | undefined {
  const samples: { key: string; fields: string[]; end: number }[] = [];
  let name: SampleName | undefined;
  let pieces: Buffer[] = [];
  const scanner = new TarScanner(
    {
      begin({ path }) {
        name = sampleName(path);
        pieces = [];
        if (!name || samples.at(-1)?.key === name.key) return;
        samples.push({
          key: name.key,
          fields: [`${JSON.stringify(KEY)}:${JSON.stringify(name.key)}`],
          end: 0,
        });
      },
      data: (piece) => void (name && pieces.push(piece)),
      end(position) {
        const sample = samples.at(-1);
        if (!name || !sample) return;
        sample.fields.push(
          `${JSON.stringify(name.suffix)}:${memberText(name.suffix, joinBytes(pieces), nan)}`,
        );
        sample.end = position;
      },
    },
    { offset: 0 },
  );
  try {
    scanner.push(bytes);
    scanner.finish({ isArchive: false });
  } catch (error) {
    if (error instanceof NotTarError) return undefined;
    throw error;
  }
  return samples.map(({ fields, end }) => ({ text: `{${fields.join(",")}}`, end }));
}
