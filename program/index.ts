import "../stacks/infrastructures.ts";
import * as pulumi from "@pulumi/pulumi";
import { deployable, requireSecrets } from "../bosh/deployable.ts";
import { type BoshValues, secretNames } from "../bosh/variables.ts";
import { ApplicationPlatform } from "../components/application-platform.ts";
import { ContainerPlatform } from "../components/container-platform.ts";
import type { Infrastructure } from "../components/infrastructure.ts";
import { Rollout } from "../components/rollout.ts";
import type { Environment } from "../config/environment.ts";
import type { BoshEnvironment } from "../config/infrastructure/cpi.ts";
import { planMachines } from "../config/machines.ts";
import { parseEnvironment } from "../config/parse.ts";
import { withSurge } from "../config/surge.ts";
import { Provider } from "../provider/sdk.ts";
import { loadAdapter } from "../stacks/adapter.ts";
import { readImageLogins } from "./image-logins.ts";
import { platformOutputs } from "./outputs.ts";
import type { SiteTransforms } from "./transforms.ts";

/** Exports of the `index.ts` of each infrastructure's folder. */
interface InfrastructureModule {
  /** Makes the infrastructure. `opts` is for resources that it makes before the platform is there. */
  createInfrastructure(environment: Environment, opts: pulumi.CustomResourceOptions): Infrastructure;
}

export interface ProgramOptions {
  /** Builds the environment up to where workers come. */
  withoutWorkers?: boolean;
  /** Pools that have machines more, which stand in for the others while these change. */
  surging?: readonly string[];
  transforms?: SiteTransforms;
  /** Looks at the environment before its first resource, as plain `pulumi` enforces the policies. */
  before?(environment: Environment): Promise<void>;
}

/** Runs as the Pulumi program: reads the stack's environment and builds it. Loads only the chosen infrastructure's SDK. */
export async function program({
  withoutWorkers = false,
  surging = [],
  transforms,
  before,
}: ProgramOptions = {}): Promise<Record<string, unknown>> {
  const config = new pulumi.Config("kpaas");
  const environment = withSurge(parseEnvironment(pulumi.getStack(), config.requireObject("environment")), surging);
  const withApplications = deployable(environment);
  const imageLogins = readImageLogins(environment, config);
  const stackSecrets = withApplications && readSecrets(withApplications, config);
  const { createInfrastructure } = await loadAdapter<InfrastructureModule>(environment, "index");
  if (transforms) pulumi.runtime.registerStackTransformation(transforms.transformation(environment));
  // After the site's transforms: what they make of a resource is judged.
  await before?.(environment);
  const provider = new Provider("kpaas");
  const machines = planMachines(environment).filter(({ role }) => !withoutWorkers || role !== "worker");
  const rollout = await Rollout.onRecord("platform-record", environment, machines, { provider });
  const infrastructure = createInfrastructure(environment, { provider });
  const platform = new ContainerPlatform(
    "platform",
    { environment, infrastructure, rollout, imageLogins, withoutWorkers },
    { providers: [provider] },
  );
  const applications =
    withApplications &&
    stackSecrets &&
    new ApplicationPlatform(
      "applications",
      { ...platform.context, environment: withApplications, stackSecrets },
      { providers: [provider] },
    );
  if (transforms && !withoutWorkers) await warnOfUnregistered(transforms);
  return platformOutputs(environment, platform, applications);
}

/** Warns of types without a resource: a misspelt one would change nothing without a word. */
async function warnOfUnregistered({ path, unregistered }: SiteTransforms): Promise<void> {
  if (unregistered.length > 0)
    await pulumi.log.warn(
      `${path} transforms types that this environment has no resource of: ${unregistered.join(", ")}`,
    );
}

/** Reads secrets, which the stack's file keeps encrypted. Throws UserError where one is missing. */
function readSecrets(environment: BoshEnvironment, config: pulumi.Config): pulumi.Output<BoshValues["secrets"]> {
  requireSecrets(environment, (name) => config.getSecret(name) !== undefined);
  const entries = secretNames(environment).map(
    (name) => [name, config.requireSecretObject<Record<string, string>>(name)] as const,
  );
  return pulumi.secret(pulumi.all(Object.fromEntries(entries)));
}
