import { existsSync } from "node:fs";
import { imageReference } from "../../config/images.ts";
import type { MachinePackage } from "../../toolchain/air-gap/apt-repository.ts";
import { describeKey } from "../../toolchain/air-gap/cache-entries.ts";
import type { FoundImage } from "../../toolchain/air-gap/images.ts";
import { type GoModule, goModules } from "../../toolchain/air-gap/licences.ts";
import type { LockedPackage } from "../../toolchain/air-gap/npm-packages.ts";
import { type Component, purls } from "../../toolchain/air-gap/sbom.ts";
import type { BundleWriter } from "../../toolchain/air-gap/writer.ts";
import { cacheDir } from "../../toolchain/cache.ts";

/** All that a bundle was made of. */
export interface Materials {
  npm: readonly LockedPackage[];
  debian: readonly MachinePackage[];
  images: readonly FoundImage[];
  keys: readonly string[];
  writer: BundleWriter;
}

/** Lists what a bundle brings, each part with version and licence; programs' Go modules where Go is here to tell them. */
export async function bomOf({
  npm,
  debian,
  images,
  keys,
  writer,
}: Materials): Promise<{ components: Component[]; modules: GoModule[] }> {
  const programs = writer.entries.flatMap(({ kind, key, path, mode = 0, sha256 }) =>
    kind === "cache" && sha256 && mode & 0o100 && !path.includes("/") ? [`${cacheDir()}/${key}/${path}`] : [],
  );
  const modules = (await goModules(programs.filter((file) => existsSync(file)))) ?? [];
  const contentOf = (kind: string, path: string, version?: string) => {
    const entry = writer.entries.find((one) => one.kind === kind && one.path === path && one.version === version);
    return entry && { sha256: entry.sha256 };
  };
  const components: Component[] = [
    ...keys.map((key): Component => {
      const { name, version = "", licence } = describeKey(key);
      const type = name === "machine-rootfs" ? "operating-system" : "application";
      return { type, name, version, licence, purl: purls.program(name, version) };
    }),
    ...images.map((image): Component => {
      const reference = imageReference(image.name);
      const { tag } = image.name;
      const digest = image.tree === undefined ? image.upstream.descriptor.digest : image.digest;
      const content = contentOf("image", reference, tag);
      return { type: "container", name: reference, version: tag, purl: purls.image(reference, digest), content };
    }),
    ...npm.map(({ name, version, licence }): Component => {
      const content = contentOf("npm", name, version);
      return { type: "library", name, version, licence, purl: purls.npm(name, version), content };
    }),
    ...modules.map(
      ({ name, version, licence }): Component => ({
        type: "library",
        name,
        version,
        licence,
        purl: purls.go(name, version),
      }),
    ),
    ...debian.map(({ name, version, fields }): Component => {
      const purl = purls.deb(name, version, fields.Architecture ?? "all");
      return { type: "library", name, version, purl };
    }),
  ];
  return { components, modules };
}

/** Adds the texts of licences, by what they are of. */
export async function addLicences(
  writer: BundleWriter,
  { npm, debian, modules }: Pick<Materials, "npm" | "debian"> & { modules: readonly GoModule[] },
): Promise<void> {
  const texts = [
    ...npm.map(({ name, version, licence, licenceText }) => ({
      path: `npm/${name}@${version}`,
      version,
      licence,
      text: licenceText,
    })),
    ...modules.map(({ name, version, licence, licenceText }) => ({
      path: `go/${name}@${version}`,
      version,
      licence,
      text: licenceText,
    })),
    ...debian.map(({ name, version, copyright }) => ({
      path: `deb/${name}`,
      version,
      licence: undefined,
      text: copyright,
    })),
  ];
  for (const { path, version, licence, text } of texts)
    if (text !== undefined) await writer.addContent({ kind: "licence", path, version, licence }, text);
}
