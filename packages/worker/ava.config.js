// A process for each file: with threads, Node itself once ended in the middle of the run with a damaged heap.
export default { files: ["test/**/*.test.ts"], extensions: ["ts"], timeout: "10m", workerThreads: false };
