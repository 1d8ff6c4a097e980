import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../../config/environment.ts";
import { knownProperties, type Resource, type ResourceFacts } from "../../../policies/resource.ts";
import { resourceTypesOf } from "../../../policies/resource-types.ts";
import { program } from "../../../program/index.ts";
import type { SiteTransforms } from "../../../program/transforms.ts";
import { example, exampleSettings } from "../environments/shipped-examples.ts";
import { record } from "../mocks/mocks.ts";

/** Gives a resource of the platform, where operation is strictest: in a worker pool. */
export function resource(type: string, properties: Record<string, unknown>, more: Partial<Resource> = {}): Resource {
  const parentTypes = ["kpaas:index:ContainerPlatform", "kpaas:index:WorkerPool"];
  return { type, name: "example", properties, protect: false, parentTypes, ...more };
}

/** Secrets of the stack that the examples name. */
export const exampleSecrets = {
  "kpaas:bosh-director": JSON.stringify({ username: "director", password: "SECRET" }),
  "kpaas:cf-blobstore": JSON.stringify({ accessKeyId: "SECRET", secretAccessKey: "SECRET" }),
};

interface ProgramOptions {
  /** Computed values are unknown, as the pack sees them in the preview of what is not there yet. */
  unknown?: boolean;
  /** Settings in place of the example's own, by their keys at the top. */
  settings?: Record<string, unknown>;
  transforms?: SiteTransforms;
  /** Looks at the environment before its first resource. */
  before?(environment: Environment): Promise<void>;
}

/** Resources that the program registers, and the surroundings that the rules know. */
type ProgramResources = Omit<ResourceFacts, "resource"> & { resources: Resource[] };

/** Gives the resources that the program registers for an example. */
export async function programResources(
  name: string,
  { unknown, settings, transforms, before }: ProgramOptions = {},
): Promise<ProgramResources> {
  const registered = new Map<string, Pick<Resource, "protect" | "parentTypes">>();
  const parents = new Map<pulumi.Resource, { type: string; parent?: pulumi.Resource }>();
  const chain = (resource?: pulumi.Resource): string[] => {
    const known = resource && parents.get(resource);
    return known ? [...chain(known.parent), known.type] : [];
  };
  const recorded = await record(
    () => {
      pulumi.runtime.registerStackTransformation(({ resource, type, name, opts: { parent, protect = false } }) => {
        parents.set(resource, { type, parent });
        registered.set(`${type} ${name}`, { protect, parentTypes: chain(parent) });
        return undefined;
      });
      pulumi.runtime.setAllConfig({
        "kpaas:environment": JSON.stringify({ ...(exampleSettings(name) as object), ...settings }),
        ...exampleSecrets,
      });
      return program({ transforms, before });
    },
    { unknown },
  );
  const resources = recorded.resources.map(({ type, name, inputs }) => ({
    type,
    name,
    properties: knownProperties(throwing(inputs)),
    ...(registered.get(`${type} ${name}`) ?? { protect: false, parentTypes: [] }),
  }));
  const { purpose, infrastructure, containerPlatform } = example(name);
  return { resources, purpose, ...surroundingsOf(infrastructure.kind, containerPlatform.masters.count) };
}

/** Gives what the rules know of an infrastructure and the number of masters on it. */
export const surroundingsOf = (kind: string, masters = 1) => ({ kind, masters, types: resourceTypesOf({ kind }) });

/** Throws when a value that is not known yet is read, as the Pulumi engine's own proxy does. */
function throwing<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const inner = Reflect.get(target, key);
      if (inner === pulumi.runtime.unknownValue) throw new Error(`${String(key)} can't be known during preview`);
      return throwing(inner);
    },
  });
}
