export interface ClassifyRun {
  /** Folder with `predictor.py` and its model. */
  readonly project: string;
  /** Folder with the images. */
  readonly images: string;
  /** One run each. */
  readonly batchSizes: readonly number[];
  readonly workers: number;
  /** An empty folder for results. */
  readonly folder: string;
}

/** A peer that runs the same Python predictor on the same files as Millrace. */
export interface ClassifyPeer {
  readonly name: string;
  /** Seconds of each run. @throws {Error} when it cannot be installed here, or fails */
  seconds(run: ClassifyRun): Promise<readonly number[]>;
}
