import * as pulumi from "@pulumi/pulumi";
import type { Environment } from "../../config/environment.ts";
import { knownProperties, type Resource } from "../../policies/resource.ts";
import { program } from "../../program/index.ts";
import type { SiteTransforms } from "../../program/transforms.ts";
import { example, exampleSettings } from "./environments/shipped-examples.ts";
import { record } from "./mocks/mocks.ts";

/** A resource of the platform, in operation's strictest place: a worker pool. */
export function resource(type: string, properties: Record<string, unknown>, more: Partial<Resource> = {}): Resource {
  const parentTypes = ["kpaas:index:ContainerPlatform", "kpaas:index:WorkerPool"];
  return { type, name: "example", properties, protect: false, parentTypes, ...more };
}

/** Of the stack, that the examples name. */
export const exampleSecrets = {
  "kpaas:bosh-director": JSON.stringify({ username: "director", password: "SECRET" }),
  "kpaas:cf-blobstore": JSON.stringify({ accessKeyId: "SECRET", secretAccessKey: "SECRET" }),
};

/** What the program registers for an example; with `unknown`, as the preview of what is not there yet gives it to the pack. */
export async function programResources(
  name: string,
  options: { unknown?: boolean; transforms?: SiteTransforms } = {},
): Promise<{ resources: Resource[]; purpose: Environment["purpose"] }> {
  const registered = new Map<string, Pick<Resource, "protect" | "parentTypes">>();
  const parents = new Map<pulumi.Resource, { type: string; parent?: pulumi.Resource }>();
  const chain = (resource?: pulumi.Resource): string[] => {
    const known = resource && parents.get(resource);
    return known ? [...chain(known.parent), known.type] : [];
  };
  const recorded = await record(() => {
    pulumi.runtime.registerStackTransformation(({ resource, type, name, opts: { parent, protect = false } }) => {
      parents.set(resource, { type, parent });
      registered.set(`${type} ${name}`, { protect, parentTypes: chain(parent) });
      return undefined;
    });
    pulumi.runtime.setAllConfig({
      "kpaas:environment": JSON.stringify(withImage(exampleSettings(name))),
      ...exampleSecrets,
    });
    return program({ transforms: options.transforms });
  }, options);
  const resources = recorded.resources.map(({ type, name, inputs }) => ({
    type,
    name,
    properties: knownProperties(throwing(inputs)),
    ...(registered.get(`${type} ${name}`) ?? { protect: false, parentTypes: [] }),
  }));
  return { resources, purpose: example(name).purpose };
}

/** As the engine's own proxy does it: reading what is not known yet throws. */
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

/** Naver's image by its number: its name would be looked up in the cloud's list, and mocks have none. */
function withImage(settings: unknown): unknown {
  const { infrastructure, ...rest } = settings as { infrastructure: { kind: string } };
  return {
    ...rest,
    infrastructure: infrastructure.kind === "naver" ? { ...infrastructure, image: "1" } : infrastructure,
  };
}
