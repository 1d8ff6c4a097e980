import { commonPackages } from "./packages.ts";
import type { RoleFacts } from "./role.ts";

export const bastion: RoleFacts = {
  platform: "container",
  tier: "front",
  block: { offset: 16, size: 4 },
  component: "kpaas:index:Bastion",
  servesOnlySsh: true,
  packages: commonPackages,
  units: [],
  certificates: {},
  leastInOperation: { vcpus: 1, memoryGiB: 1 },
  outage: { severity: "low", loss: "operators and ./kpaas up cannot enter machines" },
  colour: { light: "#5b6777", dark: "#a9b5c4" },
};
