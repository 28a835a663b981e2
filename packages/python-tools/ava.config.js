export default { files: ["test/**/*.test.ts"], extensions: ["ts"], timeout: "10m" };
