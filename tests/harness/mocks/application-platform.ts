import * as pulumi from "@pulumi/pulumi";
import type { BoshValues } from "../../../bosh/variables.ts";
import { ApplicationPlatform } from "../../../components/application-platform.ts";
import { ContainerPlatform } from "../../../components/container-platform.ts";
import type { Infrastructure } from "../../../components/infrastructure.ts";
import { Rollout } from "../../../components/rollout.ts";
import type { Environment } from "../../../config/environment.ts";
import type { BoshEnvironment } from "../../../config/infrastructure/cpi.ts";
import { secretsAmong } from "../bosh/jump-host-files.ts";
import { ofType, type Recorded, record } from "./mocks.ts";

type Maker = (environment: Environment, opts: pulumi.CustomResourceOptions) => Infrastructure;

/** Records both platforms on an infrastructure, against Pulumi's mocks. */
export function recordApplications(
  environment: BoshEnvironment | undefined,
  createInfrastructure: Maker,
  secrets: BoshValues["secrets"] = {},
): Promise<Recorded> {
  return record(() => {
    if (!environment) throw new Error("no application platform");
    const infrastructure = createInfrastructure(environment, {});
    const { context } = new ContainerPlatform("platform", {
      environment,
      infrastructure,
      rollout: new Rollout([], {}),
    });
    new ApplicationPlatform("applications", { ...context, environment, stackSecrets: pulumi.secret(secrets) });
  });
}

/** Gives the inputs of the application platform's resources of a type. */
export const applicationInputs = (recorded: Recorded, type: string) =>
  ofType(recorded, type)
    .filter(({ name }) => name.startsWith("applications"))
    .map(({ inputs }) => inputs);

/** Gives the jump host's secret files by path below /etc/kpaas/secrets. */
export function jumpHostFiles(recorded: Recorded): Record<string, string> {
  const delivered = ofType(recorded, "kpaas:index:MachineFiles").find(({ name }) => name.startsWith("applications-"));
  return secretsAmong(delivered?.inputs.files?.value ?? delivered?.inputs.files ?? []);
}
