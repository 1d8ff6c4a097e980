import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import {
  type ImageName,
  imageReference,
  kubernetesImage,
  kubernetesImagePrograms,
  platformImages,
} from "../config/images.ts";
import type { Report } from "../lib/run.ts";
import { cacheDir, cached, cacheKey } from "./cache.ts";
import { busyboxEntries, imageTools, packetFilterEntries } from "./image-tools.ts";
import { kubernetesBinaries } from "./kubernetes.ts";
import type { LayerEntry } from "./oci-layer.ts";
import { machinePlatform, platformName } from "./platform.ts";
import { platformBinary } from "./platform-binaries.ts";
import { addImage, type Image } from "./registry-storage.ts";

/**
 * Names every image that is made here: all that a platform of this Kubernetes version on `local` runs, by the name its
 * manifests use.
 */
export function imageNames(kubernetesVersion: string): ImageName[] {
  const ofKubernetes = kubernetesImagePrograms.map((program) => kubernetesImage(program, kubernetesVersion));
  const { etcd, coredns, pause, flannel, localPathProvisioner, busybox } = platformImages;
  return [...ofKubernetes, etcd, coredns, pause, flannel, localPathProvisioner, busybox];
}

/** Folders with the programs that go into the images. */
interface Programs {
  kubernetes: string;
  etcd: string;
  coredns: string;
  flannel: string;
  localPathProvisioner: string;
  pause: string;
  tools: string;
}

/**
 * Gives a folder in the distribution registry's storage layout with all of `imageNames`, each under its repository
 * without the host, as a mirror is asked for it. Made from the machines' programs, no image registry needed. Throws
 * UserError.
 */
export async function registryTree(kubernetesVersion: string, report: Report): Promise<{ dir: string }> {
  const programs = await collectPrograms(kubernetesVersion, report);
  const platform = machinePlatform();
  const key = cacheKey({
    name: "registry-tree",
    version: kubernetesVersion,
    platform: platformName(platform),
    recipe: [
      ...Object.values(programs).map((folder) => relative(cacheDir(), folder)),
      ...imageNames(kubernetesVersion).map(imageReference),
      ...(await ownText()),
    ],
  });
  const dir = await cached(
    key,
    async (root) => {
      const images = await describeImages(kubernetesVersion, programs, platform.arch);
      for (const [index, image] of images.entries()) {
        report(`making image ${image.repository}:${image.tag} (${index + 1} of ${images.length})`);
        await addImage(root, image);
      }
    },
    report,
  );
  return { dir };
}

/** Reads the code that makes images, as whatever changes it makes a new tree. */
function ownText(): Promise<string[]> {
  const files = ["oci-images.ts", "oci-layer.ts", "registry-storage.ts", "debian-packages.ts", "image-tools.ts"];
  return Promise.all(files.map((name) => readFile(join(import.meta.dirname, name), "utf8")));
}

async function collectPrograms(kubernetesVersion: string, report: Report): Promise<Programs> {
  return {
    // First what fails soonest where something is missing.
    tools: await imageTools(report),
    pause: await platformBinary("pause", report),
    kubernetes: (await kubernetesBinaries(kubernetesVersion, report)).dir,
    etcd: await platformBinary("etcd", report),
    coredns: await platformBinary("coredns", report),
    flannel: await platformBinary("flannel", report),
    localPathProvisioner: await platformBinary("local-path-provisioner", report),
  };
}

const users: LayerEntry[] = [
  {
    path: "/etc/passwd",
    content: "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
  },
  { path: "/etc/group", content: "root:x:0:\nnogroup:x:65534:\n" },
  { path: "/tmp", directory: true, mode: 0o1777 },
];

/**
 * Names of protocols, without which nft tells kube-proxy numbers: it then takes every rule that an earlier kube-proxy has left for
 * another's, and deletes it together with the one it has just added. Each restart would leave a node without any Service.
 */
const protocols: LayerEntry = { path: "/etc/protocols", content: "tcp 6 TCP\nudp 17 UDP\nsctp 132 SCTP\n" };

async function describeImages(kubernetesVersion: string, programs: Programs, architecture: string): Promise<Image[]> {
  const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
  const withPacketFilter = [...users, protocols, ...(await packetFilterEntries(programs.tools))];
  const image = (
    { repository, tag }: Pick<ImageName, "repository" | "tag">,
    layers: LayerEntry[][],
    start: Pick<Image, "entrypoint" | "command" | "user">,
  ): Image => ({ repository, tag, layers, ...start, environment, architecture });
  const single = (name: ImageName, folder: string, path: string, more: Pick<Image, "user"> = {}) =>
    image(name, [[...users, { path, from: join(folder, basename(path)) }]], { entrypoint: [path], ...more });

  const kubernetes = kubernetesImagePrograms.map((program) => {
    const path = `/usr/local/bin/${program}`;
    const binary: LayerEntry = { path, from: join(programs.kubernetes, program) };
    const layers = program === "kube-proxy" ? [withPacketFilter, [binary]] : [[...users, binary]];
    return image({ repository: program, tag: `v${kubernetesVersion}` }, layers, { entrypoint: [path] });
  });
  const etcd = ["etcd", "etcdctl"].map((program) => ({
    path: `/usr/local/bin/${program}`,
    from: join(programs.etcd, program),
  }));
  return [
    ...kubernetes,
    image(platformImages.etcd, [[...users, ...etcd]], { entrypoint: ["/usr/local/bin/etcd"] }),
    single(platformImages.coredns, programs.coredns, "/coredns"),
    single(platformImages.pause, programs.pause, "/pause", { user: "65535:65535" }),
    image(
      platformImages.flannel,
      [withPacketFilter, [{ path: "/opt/bin/flanneld", from: join(programs.flannel, "flanneld") }]],
      { entrypoint: ["/opt/bin/flanneld"] },
    ),
    single(platformImages.localPathProvisioner, programs.localPathProvisioner, "/usr/bin/local-path-provisioner"),
    image(platformImages.busybox, [[...users, ...(await busyboxEntries(programs.tools))]], { command: ["sh"] }),
  ];
}
