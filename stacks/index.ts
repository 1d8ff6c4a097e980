import * as pulumi from "@pulumi/pulumi";
import { ContainerPlatform } from "../components/container-platform.ts";
import type { Infrastructure } from "../components/infrastructure.ts";
import type { Environment } from "../config/environment.ts";
import { parseEnvironment } from "../config/parse.ts";
import { addInCluster } from "./in-cluster.ts";
import { platformOutputs } from "./outputs.ts";

/** What each infrastructure's folder exports from its `index.ts`. */
interface InfrastructureModule {
  createInfrastructure(environment: Environment): Infrastructure;
}

/** The Pulumi program: reads the stack's environment and builds it. Loads only the chosen infrastructure's SDK. */
export async function program(): Promise<Record<string, unknown>> {
  const settings = new pulumi.Config("kpaas").requireObject("environment");
  const environment = parseEnvironment(pulumi.getStack(), settings);
  const folder = new URL(`./${environment.infrastructure.kind}/index.ts`, import.meta.url);
  const { createInfrastructure }: InfrastructureModule = await import(folder.href);
  const platform = new ContainerPlatform("platform", {
    environment,
    infrastructure: createInfrastructure(environment),
  });
  await addInCluster(environment, platform);
  return platformOutputs(environment, platform);
}
