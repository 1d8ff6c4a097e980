import { z } from "zod";
import type { ImageDigests } from "../../config/images.ts";
import type { RegistryClient, RegistryFailures } from "../../lib/registry-client.ts";
import type { SourceAccess } from "../../lib/registry-source.ts";
import { bundleInUse } from "../../toolchain/air-gap/in-use.ts";
import { connect } from "../connect.ts";
import { type Filling, fillRegistry, missingImages } from "../fill-registry.ts";
import { type FilledImage, type ImageOrigin, layoutOrigin, registryOrigin } from "../image-origins.ts";
import { type Context, resource } from "../resource.ts";
import { connectionSchema } from "../schemas.ts";
import { tunnelledRegistryClient } from "../tunnel.ts";

const originSchema = z.strictObject({
  base: z.url({ protocol: /^https$/ }),
  caCertPem: z.string().optional(),
  login: z.strictObject({ name: z.string(), password: z.string() }).optional(),
});

const inputs = z.strictObject({
  machineId: z.string(),
  machineName: z.string(),
  connection: connectionSchema,
  registry: z.strictObject({ name: z.string(), user: z.string(), password: z.string(), caCertPem: z.string() }),
  images: z.array(z.strictObject({ reference: z.string(), host: z.string(), repository: z.string(), tag: z.string() })),
  origins: z.record(z.string(), z.array(originSchema)),
});
type Inputs = z.output<typeof inputs>;

interface Outputs {
  /** References of images that the registry was seen without. */
  missing: string[];
  /** Digests by the references of all images that it ever had, as they were put there or first seen: a tag may be pushed anew. */
  digests: ImageDigests;
}

/**
 * Variable with the folder of an OCI image layout, which the images come from in place of any registry: it is of one machine and one
 * run, so it is no input.
 */
const layoutVariable = "KPAAS_IMAGE_LAYOUT";

/** Time to look what the registry has. Where it does not answer, nothing is known, and the engine has more to do. */
const lookSeconds = 20;

export const handler = resource<Inputs, Outputs>({
  inputs,
  replaceOn: ["machineId", "machineName"],
  // Where else an image may come from is no reason to look for it again.
  keeps: ["origins"],
  // Of a release that noted no digests there are none.
  needsUpdate: ({ missing, digests }) => missing.length > 0 || digests === undefined,
  create: async (request, context) => ({
    id: `${request.machineName}/images`,
    outputs: await fill(request, context),
  }),
  async read(_id, state, { signal }) {
    // They are never read again: by them nodes know an image whose tag has changed.
    const { digests } = state;
    const cut = AbortSignal.any([signal, AbortSignal.timeout(lookSeconds * 1000)]);
    const client = clientOf(state, cut);
    try {
      return { missing: (await missingImages(client, state.images)).map(({ reference }) => reference), digests };
    } catch {
      return { missing: state.missing, digests };
    } finally {
      client.close();
    }
  },
  update: (_id, { digests }, request, context) => fill(request, context, digests),
});

async function fill(request: Inputs, context: Context, known: ImageDigests = {}): Promise<Outputs> {
  const { signal } = context;
  const client = clientOf(request, signal);
  const origins = new Map<string, ImageOrigin[]>();
  try {
    await originsOf(request, origins, signal);
    const filling: Filling = {
      registry: client,
      images: request.images,
      originsOf: ({ reference }: FilledImage) => origins.get(reference.split("/", 1)[0] ?? "") ?? [],
      signal,
      report: (message) => context.report(message),
    };
    return { missing: [], digests: await fillRegistry(filling, known) };
  } finally {
    client.close();
    for (const origin of [...origins.values()].flat()) origin.close();
  }
}

/** Adds the origins of each host's images. */
async function originsOf(request: Inputs, origins: Map<string, ImageOrigin[]>, signal: AbortSignal): Promise<void> {
  const layout = layoutInUse();
  const architecture = layout ? "" : await architectureOf(request, signal);
  const made = (access: SourceAccess) => registryOrigin({ ...access, signal }, architecture);
  for (const [host, registries] of Object.entries(request.origins))
    origins.set(host, layout ? [layoutOrigin(...layout)] : registries.map(made));
}

/** Gives the folders of the layout that this run has: those of a bundle in use, or one that the user names. */
function layoutInUse(): [string, ...string[]] | undefined {
  const bundle = bundleInUse();
  if (bundle) return [bundle.folder, ...bundle.bases];
  const folder = process.env[layoutVariable];
  return folder ? [folder] : undefined;
}

/** Asks the registry's machine, whose architecture is that of all. */
async function architectureOf({ machineName, connection }: Inputs, signal: AbortSignal): Promise<string> {
  const transport = await connect(connection);
  const { stdout } = await transport.exec(["dpkg", "--print-architecture"], { signal });
  const architecture = stdout.trim();
  if (architecture === "") throw new Error(`${machineName} did not tell its architecture`);
  return architecture;
}

function clientOf({ connection, registry }: Inputs, signal: AbortSignal): RegistryClient {
  const { name: endpoint, ...access } = registry;
  return tunnelledRegistryClient({ connection, endpoint, ...access, failures, signal });
}

const failures: RegistryFailures = {
  refused: (what, status, said) =>
    new Error(`the platform's registry, asked ${what}, answered ${[status, said].filter(Boolean).join(" ")}`),
  unanswered: (endpoint, reason) => new Error(`the platform's registry ${endpoint} does not answer: ${reason}`),
};
