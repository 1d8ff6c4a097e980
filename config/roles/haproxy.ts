import { commonPackages } from "./packages.ts";
import type { RoleFacts } from "./role.ts";

export const haproxy: RoleFacts = {
  platform: "container",
  tier: "front",
  block: { offset: 8, size: 8 },
  component: "kpaas:index:HaProxy",
  packages: [...commonPackages, "haproxy"],
  units: ["haproxy"],
  certificates: {},
  leastInOperation: { vcpus: 2, memoryGiB: 2 },
  outage: {
    severity: "high",
    loss: "nothing reaches the API server, the registry or the database",
    remedy: "containerPlatform.haproxy.count: 2",
  },
  colour: { light: "#1d5fd1", dark: "#6ea8fe" },
};
