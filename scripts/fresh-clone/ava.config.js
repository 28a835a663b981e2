export default { files: ["test/**/*.test.ts"], extensions: ["ts"], timeout: "400s", concurrency: 2 };
