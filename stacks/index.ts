import * as pulumi from "@pulumi/pulumi";
import { ApplicationPlatform } from "../components/application-platform.ts";
import { ContainerPlatform } from "../components/container-platform.ts";
import type { Infrastructure } from "../components/infrastructure.ts";
import type { Environment } from "../config/environment.ts";
import { parseEnvironment } from "../config/parse.ts";
import { Provider } from "../provider/sdk.ts";
import { loadAdapter } from "./adapter.ts";
import { addInCluster } from "./in-cluster.ts";
import { platformOutputs } from "./outputs.ts";

/** What each infrastructure's folder exports from its `index.ts`. */
interface InfrastructureModule {
  /** `opts` is for resources that the infrastructure makes before the platform is there. */
  createInfrastructure(environment: Environment, opts: pulumi.CustomResourceOptions): Infrastructure;
}

/**
 * The Pulumi program: reads the stack's environment and builds it. Loads only the chosen infrastructure's SDK. `withoutWorkers`: up to
 * where workers come.
 */
export async function program({ withoutWorkers = false } = {}): Promise<Record<string, unknown>> {
  const settings = new pulumi.Config("kpaas").requireObject("environment");
  const environment = parseEnvironment(pulumi.getStack(), settings);
  const { createInfrastructure } = await loadAdapter<InfrastructureModule>(environment, "index.ts");
  const provider = new Provider("kpaas");
  const infrastructure = createInfrastructure(environment, { provider });
  const platform = new ContainerPlatform(
    "platform",
    { environment, infrastructure, withoutWorkers },
    { providers: [provider] },
  );
  const { applicationPlatform } = environment;
  if (applicationPlatform) {
    new ApplicationPlatform("applications", { environment, settings: applicationPlatform });
    pulumi.log.info(
      "the application platform is planned only: none of its VMs is made yet (docs/application-platform.md)",
    );
  }
  await addInCluster(environment, platform);
  return platformOutputs(environment, platform);
}
