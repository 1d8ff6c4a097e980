import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import { eventually } from "../../../lib/eventually.ts";
import type { CloudObject, SimulatedCloud } from "./simulated-cloud.ts";
import { type SimulatedPlatform, startSimulatedPlatform } from "./simulated-platform.ts";

export const machineType = "ec2/instance:Instance";

/** A platform on a simulated AWS whose workers are so many that its state is saved at the end only. */
export class ManyWorkers {
  readonly name: string;
  private started: SimulatedPlatform | undefined;

  /** Starts before the tests of the file that makes it, and stops after them. */
  constructor(name: string) {
    this.name = name;
    beforeAll(async () => {
      this.started = await startSimulatedPlatform(name, { name: "aws" });
    });
    afterAll(() => this.started?.stop());
  }

  get simulated(): SimulatedPlatform {
    if (!this.started) throw new Error("the simulated cloud has not started");
    return this.started;
  }

  get cloud(): SimulatedCloud {
    return this.simulated.cloud;
  }

  configure(workers: number): void {
    this.simulated.platform.configure({
      infrastructure: { kind: "aws" },
      network: { cidr: "10.64.0.0/22", adminCidrs: ["203.0.113.0/24"] },
      containerPlatform: { workerPools: [{ name: "worker", count: workers }] },
    });
  }

  workers(): CloudObject[] {
    return this.cloud.list().filter((object) => object.type.endsWith(machineType) && object.name.includes("-worker-"));
  }

  /** Tells whether a run has ended before its only checkpoint. */
  unsaved(): boolean {
    return existsSync(join(this.simulated.platform.stateFolder, "environments", this.name, "unsaved"));
  }

  /** Kills a command when it is time; the cloud makes sure that the command does not get past that point. */
  async killed(
    command: string,
    args: string[],
    stallAfter: Record<string, number>,
    isTime: () => boolean,
  ): Promise<string> {
    this.cloud.setFaults({ stallAfter });
    const killWhen = eventually(120, async () => expect(isTime()).toBe(true));
    const { code, stderr } = await this.simulated.platform.kpaas(command, args, { killWhen });
    this.cloud.setFaults({});
    expect(code, stderr).toBeNull();
    return stderr;
  }
}
