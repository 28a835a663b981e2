export {
  findByArguments,
  identify,
  isAlive,
  type ProcessIdentity,
  signalProcess,
} from "./identity.ts";
export { endCleaners, endTree, killTree } from "./kill-tree.ts";
export { processTree } from "./process-table.ts";
export { type ProcessEnd, type RunProcessOptions, runProcess } from "./run-process.ts";
export { membersOf, type Tree, type TreeMember } from "./tree-members.ts";
export { TREE_VARIABLE, treeName } from "./tree-name.ts";
