/** Submissions: one for each kind of dataset. */
export const SUBMISSIONS = {
  item_list: {
    workers: 1,
    item_list: {
      items: ["https://example.com/1.jpg", "https://example.com/2.jpg"],
      batch_size: 2,
    },
  },
  file_path_lister: {
    workers: 2,
    file_path_lister: { s3_paths: ["s3://bucket/images/"], includes: ["**.jpg"], batch_size: 64 },
    config: { threshold: 0.7 },
    timeout: 3_600,
  },
  delimited_files: {
    workers: 4,
    delimited_files: { s3_paths: ["s3://bucket/rows/"], batch_size: 1_000 },
    max_failed_items: 100,
    labels: { team: "vision" },
  },
};

export const RESULT_ROWS = {
  output: { index: 0, id: "s3://bucket/images/1.jpg", output: { label: "cat", score: 0.98 } },
  error: {
    index: 17,
    id: "s3://bucket/images/18.jpg",
    error: { code: "predictor_error", message: "ValueError: cannot identify image file", attempts: 3 },
  },
};

/** A deploy's answer, line by line: the installation, then one of the others. */
export const DEPLOY_EVENTS = {
  output: { type: "output", text: "Collecting numpy==2.4.1" },
  deployed: {
    type: "deployed",
    api: {
      name: "image-classifier",
      kind: "BatchAPI",
      api_id: "3f2c9a1b7d4e8f60",
      endpoint: "http://127.0.0.1:8080/image-classifier",
      predictor_type: "python",
      created_time: "2026-01-31T12:00:00.000Z",
      active_jobs: 0,
    },
    changed: true,
    message: "deployed image-classifier",
  },
  error: {
    type: "error",
    problem: {
      type: "about:blank",
      title: "Unprocessable Entity",
      status: 422,
      detail: "Cannot install requirements.txt: pip exited with status 1",
      code: "dependencies_failed",
      request_id: "01KG5WVZ7TQ6M0B8H4C2D9E1FA",
    },
  },
};
