import { node } from "./node.ts";
import type { RoleFacts } from "./role.ts";

export const worker: RoleFacts = {
  ...node,
  tier: "workers",
  component: "kpaas:index:WorkerPool",
  outage: { severity: "medium", loss: "no pod has another node to go to", remedy: "a worker pool with count: 2" },
  colour: { light: "#13795b", dark: "#54c78d" },
};
