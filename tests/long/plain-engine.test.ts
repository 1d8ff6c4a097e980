import { statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { contractOf } from "../contract/contract.ts";

/** The contract without any of the shortcuts of operations/engine/shortcuts.ts. */
contractOf("openstack", {
  title: "plain engine",
  name: "openstack",
  machineType: "compute/instance:Instance",
  environment: { KPAAS_PLAIN_ENGINE: "1" },
  also: {
    title: "the engine logs, as nothing keeps it from that",
    holds: ({ stateFolder }) => expect(statSync(join(stateFolder, "pulumi-home", "logs")).isDirectory()).toBe(true),
  },
});
