import { z } from "zod";
import { messageOf } from "../errors.ts";
import { type BundledPackages, packagesInUse, packagesMissing } from "../package-bundle.ts";
import { resource } from "../resource.ts";

const inputs = z.strictObject({
  packages: z.array(z.string()),
  // As the bundle in use has them, else as the state has: no program says them.
  suite: z.string().optional(),
  publicKey: z.string().optional(),
  revision: z.string().optional(),
});
type Inputs = z.output<typeof inputs>;
type Source = Pick<BundledPackages, "suite" | "publicKey" | "revision">;

export const handler = resource<Inputs, Source>({
  inputs,
  check(state, wanted) {
    try {
      const bundled = packagesInUse();
      if (!bundled) return state?.revision === undefined ? [noBundle] : [];
      const missing = packagesMissing(bundled, wanted.packages);
      if (missing.length === 0) return [];
      const reason = `the bundle ${bundled.folder} has not all packages of the machines: ${missing.join(", ")} are missing; make it anew for this environment: ./kpaas bundle create`;
      return [{ path: ["packages"], reason }];
    } catch (error) {
      return [{ path: [], reason: messageOf(error) }];
    }
  },
  ownInputs: (state) => sourceOf(inUse() ?? state),
  create: async (request, { name }) => ({ id: name, outputs: whole(request) }),
  update: async (_id, _state, request) => whole(request),
});

const noBundle = {
  path: [],
  reason:
    "packages.source is platform, and there is no bundle to serve packages of: run up with one, ./kpaas up ENVIRONMENT --bundle DIR",
};

/** Gives what a bundle in use has; nothing where it is refused, which `check` says. */
function inUse(): BundledPackages | undefined {
  try {
    return packagesInUse();
  } catch {
    return undefined;
  }
}

const sourceOf = (source: Partial<Source> | undefined): Partial<Source> => ({
  suite: source?.suite,
  publicKey: source?.publicKey,
  revision: source?.revision,
});

function whole({ suite, publicKey, revision }: Inputs): Source {
  if (suite === undefined || publicKey === undefined || revision === undefined) throw new Error(noBundle.reason);
  return { suite, publicKey, revision };
}
