import type { Environment } from "../../config/environment.ts";
import { type ImageSource, imageSources, platformRegistry, platformSource } from "../../config/image-sources.ts";
import { mirroredHosts } from "../../config/images.ts";
import { type BootFile, type PlatformFacts, platformCaPath } from "./facts.ts";
import { scriptFile } from "./scripts.ts";
import type { Login } from "./secret-files.ts";

const mirrorCaPath = (mirror: number) => `/etc/kpaas/mirrors/${mirror}.crt`;
const mirrorLoginPath = (mirror: number) => `registry-mirrors/${mirror}`;

/** Gives the files that tell a node where it gets images from; first boot makes containerd's hosts files of the table. */
export function imageSourceFiles({ environment, imageDigests = {} }: PlatformFacts): BootFile[] {
  const digests = Object.entries(imageDigests).sort(([one], [other]) => (one < other ? -1 : 1));
  const { mirrors } = environment.containerPlatform.registry;
  return [
    { path: "/etc/kpaas/image-sources", content: sourceTable(environment) },
    // Where none is known there is no such file, so that nothing changes on a platform whose registry nobody has filled.
    ...(digests.length > 0
      ? [{ path: "/etc/kpaas/image-digests", content: digests.map((line) => `${line.join(" ")}\n`).join("") }]
      : []),
    ...mirrors.flatMap(({ caCertPem }, index) =>
      caCertPem ? [{ path: mirrorCaPath(index + 1), content: `${caCertPem.trim()}\n` }] : [],
    ),
    scriptFile("/usr/local/lib/kpaas/ask-for-image", ["ask-for-image.sh"]),
  ];
}

/**
 * Renders a line for each registry that is asked, in the order in which it is: host in the images' names, address, CA, file of the
 * login below /etc/kpaas/secrets; `-` for none.
 */
function sourceTable(environment: Environment): string {
  const { mirrors } = environment.containerPlatform.registry;
  const line = (host: string, { kind, base, mirror = 0 }: ImageSource) => {
    const { caCertPem, loginSecret } = mirrors[mirror - 1] ?? {};
    const [ca, login] =
      kind === "platform"
        ? [platformCaPath, "registry-pull"]
        : [caCertPem && mirrorCaPath(mirror), loginSecret && mirrorLoginPath(mirror)];
    return `${host} ${base} ${ca ?? "-"} ${login ?? "-"}\n`;
  };
  return [
    line(platformRegistry(environment), platformSource(environment)),
    ...mirroredHosts.flatMap((host) => imageSources(environment, host).map((source) => line(host, source))),
  ].join("");
}

/** Gives contents by path below /etc/kpaas/secrets of the logins at the site's registries; `logins` by the secrets' names. */
export function mirrorLoginFiles(environment: Environment, logins: Record<string, Login>): Record<string, string> {
  const { mirrors } = environment.containerPlatform.registry;
  const files = mirrors.flatMap(({ loginSecret }, index) => {
    if (!loginSecret) return [];
    const login = logins[loginSecret];
    if (!login) throw new Error(`the login of registry.mirrors[${index}] was not read`);
    return [[mirrorLoginPath(index + 1), `${login.name}:${login.password}`]];
  });
  return Object.fromEntries(files);
}
