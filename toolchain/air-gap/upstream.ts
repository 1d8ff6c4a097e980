import { z } from "zod";
import { type Descriptor, ociMediaTypes } from "../../lib/oci-layout.ts";
import type { Report } from "../../lib/run.ts";
import { download, hostAnswers, SourceUnavailable } from "../download.ts";
import type { Platform } from "../platform.ts";
import { sha256Of } from "./format.mjs";

const answerTimeoutMs = 20_000;

const accepted = [
  ociMediaTypes.index,
  ociMediaTypes.manifest,
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

const descriptorForm = z.object({
  mediaType: z.string(),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  size: z.number(),
});
const indexForm = z.object({
  manifests: z.array(
    descriptorForm.extend({ platform: z.object({ os: z.string(), architecture: z.string() }).optional() }),
  ),
});
const manifestForm = z.object({ config: descriptorForm, layers: z.array(descriptorForm) });

/** An image of one platform as an upstream registry has it. */
export interface UpstreamImage {
  descriptor: Descriptor;
  manifest: Buffer;
  /** Configuration first, then layers. */
  blobs: Descriptor[];
  /** Fetches a blob, whose digest is checked, into a file. */
  fetchBlob(blob: Descriptor, file: string, report: Report): Promise<void>;
}

/** An image by the address of its registry. */
export interface Asked {
  /** Address below which the registry's repositories are, such as `https://registry-1.docker.io/v2`. */
  base: string;
  repository: string;
  tag: string;
}

/** Asks a registry for an image of a platform. Throws SourceUnavailable where it cannot be had. */
export async function askUpstream({ base, repository, tag }: Asked, platform: Platform): Promise<UpstreamImage> {
  const place = `${base}/${repository}`;
  await hostAnswers(new URL(base));
  const headers = await loginHeaders(`${place}/manifests/${tag}`);
  const top = await manifestAt(`${place}/manifests/${tag}`, headers);
  const index = indexForm.safeParse(top.document);
  const chosen = index.success ? index.data.manifests.find(({ platform: one }) => fits(one, platform)) : undefined;
  if (index.success && !chosen)
    throw new SourceUnavailable(`${place}:${tag} is not there for ${platform.os}/${platform.arch}`);
  const { document, content, mediaType } = chosen
    ? await manifestAt(`${place}/manifests/${chosen.digest}`, headers)
    : top;
  const digest = `sha256:${sha256Of(content)}`;
  if (chosen && chosen.digest !== digest)
    throw new SourceUnavailable(`${place} gave another manifest than ${chosen.digest}`);
  const { config, layers } = manifestForm.parse(document);
  return {
    descriptor: {
      mediaType,
      digest,
      size: content.length,
      platform: { os: platform.os, architecture: platform.arch },
    },
    manifest: content,
    blobs: [config, ...layers],
    fetchBlob: (blob, file, report) =>
      download(
        {
          url: `${place}/blobs/${blob.digest}`,
          file,
          sha256: blob.digest.slice("sha256:".length),
          label: `${repository}:${tag}, ${blob.digest.slice(7, 19)}`,
          headers,
        },
        report,
      ),
  };
}

const fits = (one: { os: string; architecture: string } | undefined, { os, arch }: Platform): boolean =>
  one?.os === os && one.architecture === arch;

async function manifestAt(
  url: string,
  headers: Record<string, string>,
): Promise<{ document: unknown; content: Buffer; mediaType: string }> {
  const response = await ask(url, { ...headers, accept: accepted.join(", ") });
  if (!response.ok) throw new SourceUnavailable(`${url} answered ${response.status}`);
  const content = Buffer.from(await response.arrayBuffer());
  const document: unknown = JSON.parse(content.toString());
  const told = z.object({ mediaType: z.string().optional() }).parse(document).mediaType;
  return { document, content, mediaType: told ?? response.headers.get("content-type") ?? ociMediaTypes.manifest };
}

/** Gives what a registry wants to be told: nothing, or the token that it gives to anybody who asks where it says. */
async function loginHeaders(url: string): Promise<Record<string, string>> {
  const response = await ask(url, { accept: accepted.join(", ") });
  await response.body?.cancel();
  if (response.status !== 401) return {};
  const challenge = response.headers.get("www-authenticate") ?? "";
  const words = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  if (!/^bearer /i.test(challenge) || !words.realm) throw new SourceUnavailable(`${url} answered 401`);
  const place = new URL(words.realm);
  for (const name of ["service", "scope"]) if (words[name]) place.searchParams.set(name, words[name]);
  const answer = await ask(place.href, {});
  const tokens = z.object({ token: z.string().optional(), access_token: z.string().optional() });
  const { token, access_token } = answer.ok ? tokens.parse(await answer.json()) : {};
  if (!token && !access_token) throw new SourceUnavailable(`${place.host} gave no token (${answer.status})`);
  return { authorization: `Bearer ${token ?? access_token}` };
}

async function ask(url: string, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(answerTimeoutMs) });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new SourceUnavailable(`${url}: ${cause instanceof Error ? cause.message : message}`);
  }
}
