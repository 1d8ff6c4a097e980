import { createPublicKey } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../lib/errors.ts";
import { nearest } from "../../lib/suggest.ts";
import { formatBytes, formatSeconds, note, print, printJson } from "../../lib/terminal.ts";
import { environmentNames, requireEnvironment } from "../../operations/environments.ts";
import { bundleKeyOptions, defineCommand, jsonOption, stacksOption } from "../command.ts";

const actions = ["create", "verify", "push", "key"] as const;

export const bundle = defineCommand({
  details: `create --environments A,B --out DIR   fetches or builds all that these environments need, and signs it
verify DIR                            checks the signature and every blob
push ENVIRONMENT DIR                  puts the images into the platform's registry, which has to be up
key                                   shows the key that bundles made here are signed by

./kpaas up ENVIRONMENT --bundle DIR then asks no registry and no site outside. Make it on the same kind of machine (system,
processor), in a clone of the same version. create goes on where it was killed. DIR is an OCI image layout, too.
docs/air-gap.md tells the rest.`,
  options: {
    environments: {
      type: "string",
      placeholder: "A,B",
      description: "environments that the bundle is to be enough for",
    },
    out: { type: "string", placeholder: "DIR", description: "folder to make the bundle in" },
    "apt-sources": {
      type: "string",
      placeholder: "FILE",
      description: "package sources of the machines' release, where it is not this machine's",
    },
    ...bundleKeyOptions,
    ...jsonOption,
    ...stacksOption,
  },
  maxPositionals: 3,
  async run({ positionals: [given, ...operands], values }) {
    const action = actionOf(given);
    // What this command does with a bundle, it does with the one that is named to it.
    for (const name of ["KPAAS_BUNDLE", "KPAAS_BUNDLE_SINCE"]) delete process.env[name];
    if (action === "create") return create(operands, values);
    for (const name of ["environments", "out", "apt-sources"] as const)
      if (values[name] !== undefined)
        throw new UserError(`bundle ${action} takes no --${name}`, "./kpaas bundle --help");
    if (action === "key") return showKey(operands, values.json);
    if (action === "verify") return verify(operands, values);
    return push(operands, values);
  },
});

interface Values {
  environments?: string;
  out?: string;
  "apt-sources"?: string;
  since?: string[];
  key?: string;
  json?: boolean;
}

function actionOf(given: string | undefined): (typeof actions)[number] {
  const action = actions.find((one) => one === given);
  if (action) return action;
  const meant = nearest(given ?? "", actions);
  throw new UserError(
    given === undefined ? "bundle does what?" : `bundle cannot ${given}`,
    meant ? `did you mean: ./kpaas bundle ${meant}` : `./kpaas bundle ${actions.join("|")}`,
  );
}

async function create(operands: string[], values: Values): Promise<number> {
  const { environments, out, since = [], key, json } = values;
  const names = environments?.split(",").filter(Boolean) ?? [];
  const form = "./kpaas bundle create --environments A,B --out DIR";
  if (names.length === 0)
    throw new UserError(
      "which environments is the bundle to be enough for?",
      `${form}; there are: ${environmentNames().join(", ") || "none"}`,
    );
  if (out === undefined) throw new UserError("in which folder is the bundle to be made?", form);
  if (existsSync(out) && !statSync(out).isDirectory()) throw new UserError(`--out: ${resolve(out)} is no folder`, form);
  if (operands.length > 0 || since.length > 1 || key !== undefined)
    throw new UserError("bundle create takes --environments, --out, and one --since", "./kpaas bundle --help");
  const sources = values["apt-sources"];
  if (sources !== undefined && !existsSync(sources))
    throw new UserError(`--apt-sources: ${resolve(sources)} does not exist`, "name a file in apt's own form");
  const { createBundle } = await import("../../operations/bundle/create.ts");
  const options = { environments: names, out, since: since[0], aptSources: sources && resolve(sources) };
  const made = await createBundle(options, note);
  if (json) await printJson(made);
  else
    await print(
      [
        `made ${made.folder} for ${made.environments.join(", ")} in ${formatSeconds(made.seconds)}`,
        `${formatBytes(made.sizeBytes)}${since[0] === undefined ? "" : ` of ${formatBytes(made.wholeSizeBytes)}, the rest is in ${resolve(since[0])}`}, ${made.entries} entries, ${made.images.length} images`,
        `signed by ${made.fingerprint}`,
      ].join("\n"),
    );
  note("next: carry it there, and the fingerprint by another way; there: ./kpaas bundle verify DIR --key FINGERPRINT");
  return 0;
}

async function verify([folder, ...more]: string[], { since, key, json }: Values): Promise<number> {
  if (folder === undefined || more.length > 0)
    throw new UserError("verify which bundle?", "./kpaas bundle verify DIR [--since OLD]");
  const began = performance.now();
  const [{ openBundle }, { verifyContent }, { fingerprintOf }] = await Promise.all([
    import("../../operations/bundle/use.ts"),
    import("../../toolchain/air-gap/verify.ts"),
    import("../../toolchain/air-gap/format.mjs"),
  ]);
  const opened = await openBundle({ bundle: folder, since, key }, note);
  const { blobs, sizeBytes } = await verifyContent(opened, note);
  const seconds = (performance.now() - began) / 1000;
  const { manifest, manifestSha256 } = opened;
  const fingerprint = fingerprintOf(manifest.signer.publicKey);
  const { environments, createdAt, kpaasVersion } = manifest;
  if (json)
    await printJson({
      ...{ folder: opened.folder, manifestSha256, fingerprint, environments, createdAt, kpaasVersion },
      ...{ base: manifest.base?.manifestSha256, blobs, sizeBytes, seconds },
    });
  else
    await print(
      `${opened.folder} is whole: ${blobs} blobs, ${formatBytes(sizeBytes)}, ${formatSeconds(seconds)}\n` +
        `made ${createdAt} by kpaas ${kpaasVersion} for ${environments.join(", ")}, signed by ${fingerprint}`,
    );
  return 0;
}

async function push([environment, folder]: string[], { since, key, json }: Values): Promise<number> {
  const name = requireEnvironment(environment, "bundle push");
  if (folder === undefined) throw new UserError("push which bundle?", `./kpaas bundle push ${name} DIR`);
  const [{ openBundle }, { verifyContent }, { pushBundle }, { readOutputs }, { notUp }, { pushingRegistryClient }] =
    await Promise.all([
      import("../../operations/bundle/use.ts"),
      import("../../toolchain/air-gap/verify.ts"),
      import("../../operations/bundle/push.ts"),
      import("../../operations/access/outputs.ts"),
      import("../../operations/engine/workspace.ts"),
      import("../../operations/registry/client.ts"),
    ]);
  const opened = await openBundle({ bundle: folder, since, key }, note);
  await verifyContent(opened, note);
  const outputs = await readOutputs(name);
  const access = outputs.registry;
  if (access === undefined) throw notUp(name);
  const client = pushingRegistryClient(outputs);
  try {
    const images = await pushBundle(client, opened, note);
    if (json) await printJson({ environment: name, registry: access.name, images });
    else await print(`pushed ${images.length} images to ${access.name}`);
  } finally {
    client.close();
  }
  return 0;
}

async function showKey(operands: string[], json = false): Promise<number> {
  if (operands.length > 0) throw new UserError("bundle key takes no operand", "./kpaas bundle --help");
  const { signingKey } = await import("../../toolchain/air-gap/signing-key.ts");
  const { fingerprint, privateKey, file } = signingKey();
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
  if (json) await printJson({ fingerprint, publicKey, file });
  else await print(`${fingerprint}\n${publicKey}`);
  return 0;
}
