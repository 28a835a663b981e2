export { pythonWith } from "./python-with.ts";
