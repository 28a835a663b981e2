/** Listing rules of a dataset of files. */
export interface FileSelection {
  readonly s3_paths: readonly string[];
  readonly includes?: readonly string[];
  readonly excludes?: readonly string[];
  readonly batch_size: number;
}

/** The body of `POST /<endpoint>`: Cortex's, and the fields of Millrace. Exactly one dataset. */
export interface Submission {
  readonly workers: number;
  readonly item_list?: { readonly items: readonly unknown[]; readonly batch_size: number };
  readonly file_path_lister?: FileSelection;
  readonly delimited_files?: FileSelection;
  /** Seconds, for the whole job. */
  readonly timeout?: number;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly sqs_dead_letter_queue?: { readonly arn: string; readonly max_receive_count: number };
  readonly max_attempts?: number;
  readonly on_failure?: "isolate" | "fail_batch";
  readonly max_failed_items?: number;
  /** Seconds, for one predict. */
  readonly batch_timeout?: number;
  readonly eager_start?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
}
