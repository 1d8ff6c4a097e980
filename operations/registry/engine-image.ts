import type { Readable } from "node:stream";
import { UserError } from "../../lib/errors.ts";
import { connectContainerEngine } from "../../local/container-engine.ts";
import { exists } from "../../local/missing.ts";

/** Gives an image of this machine's container engine as the archive that `docker save` writes. Throws UserError. */
export async function engineImage(image: string): Promise<Readable> {
  const engine = await connectContainerEngine();
  const there = engine.getImage(image);
  if (await exists(there.inspect())) return (await there.get()) as Readable;
  throw new UserError(
    `the container engine has no image ${image}`,
    "docker images lists what it has; an archive is pushed by --archive FILE",
  );
}
