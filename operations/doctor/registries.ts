import type { Examination, Finding } from "./examination.ts";

const timeoutMs = 3000;

/** Sources of tools and images, and what is done where one is out of reach. */
const sources = [
  { name: "get.pulumi.com", url: "https://get.pulumi.com/", otherwise: "Pulumi is built from Go modules" },
  { name: "dl.k8s.io", url: "https://dl.k8s.io/", otherwise: "Kubernetes is built from Go modules" },
  { name: "registry.k8s.io", url: "https://registry.k8s.io/v2/", otherwise: "images are made here" },
] as const;

export const registries: Examination = () =>
  Promise.all(
    sources.map(async ({ name, url, otherwise }): Promise<Finding> => {
      const reachable = await answers(url);
      return { name, level: "ok", found: reachable ? "reachable" : `out of reach: ${otherwise}` };
    }),
  );

/** Tells whether an address answers; any answer at all is one. */
export async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
    return true;
  } catch {
    return false;
  }
}
