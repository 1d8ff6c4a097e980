import { commonPackages } from "./packages.ts";
import type { RoleFacts } from "./role.ts";

export const jumphost: RoleFacts = {
  platform: "application",
  tier: "platform",
  block: { offset: 28, size: 1 },
  component: "kpaas:index:JumpHost",
  keepsState: true,
  dataPath: "/srv/bosh",
  servesOnlySsh: true,
  // What `bosh create-env` compiles CPIs with: https://bosh.io/docs/cli-v2-install/#additional-dependencies
  packages: [
    ...commonPackages,
    "build-essential",
    "libreadline-dev",
    "libsqlite3-dev",
    "libssl-dev",
    "libxml2-dev",
    "libxslt1-dev",
    "libyaml-dev",
    "ruby",
    "ruby-dev",
    "sqlite3",
    "zlib1g-dev",
  ],
  units: [],
  certificates: {},
  leastInOperation: { vcpus: 1, memoryGiB: 1 },
  outage: { severity: "low", loss: "BOSH can be told nothing new; its VMs go on" },
  colour: { light: "#5b6777", dark: "#a9b5c4" },
};
