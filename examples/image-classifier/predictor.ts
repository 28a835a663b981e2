import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";

const SIDE = 32;
const PIXELS = SIDE * SIDE;
const CLASSES = 10;

// Loaded once per worker, before the constructor runs: a model that cannot be loaded ends the job there.
// One thread each: a job gets its parallelism from its workers, and each of them has one CPU.
sharp.concurrency(1);
sharp.cache(false);
const session = await InferenceSession.create(join(import.meta.dirname, "model", "digits.onnx"), {
  executionProviders: ["cpu"],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});

type Config = Readonly<Record<string, unknown>>;
type JobSpec = Readonly<{ job_id: string; api_name: string }>;
type Prediction = Readonly<{ label: number; confidence: number }>;

/** Recognizes one handwritten digit per image of 32x32 pixels. */
export class Predictor {
  constructor(_config: Config, jobSpec: JobSpec) {
    console.log(`job ${jobSpec.job_id}: model ready`);
  }

  /** Takes image files, as paths or file:// URIs, and returns one prediction for each, in their order. */
  async predict(payload: readonly string[], _batchId: string): Promise<Prediction[]> {
    const images = new Uint8Array(payload.length * PIXELS);
    await Promise.all(
      payload.map(async (file, position) => images.set(await readPixels(file), position * PIXELS)),
    );
    const input = new Tensor("uint8", images, [payload.length, SIDE, SIDE]);
    const { probabilities } = await session.run({ images: input });
    const scores = probabilities?.data as Float64Array;
    return payload.map((_, position) =>
      mostLikely(scores.subarray(position * CLASSES, (position + 1) * CLASSES)),
    );
  }
}

/** Decodes an image to SIDE x SIDE grey bytes, row by row. */
async function readPixels(file: string): Promise<Uint8Array> {
  const path = file.startsWith("file://") ? fileURLToPath(file) : file;
  const { data, info } = await sharp(path)
    .removeAlpha()
    .toColourspace("b-w")
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== SIDE || info.height !== SIDE || info.channels !== 1) {
    throw new RangeError(
      `Cannot classify "${file}": ${info.width}x${info.height}x${info.channels}, expected ${SIDE}x${SIDE}x1`,
    );
  }
  return data;
}

function mostLikely(probabilities: Float64Array): Prediction {
  const confidence = Math.max(...probabilities);
  return { label: probabilities.indexOf(confidence), confidence: Math.round(confidence * 1e6) / 1e6 };
}
