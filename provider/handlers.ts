import type { ResourceHandler } from "./resource.ts";

const load: Record<string, () => Promise<{ handler: ResourceHandler }>> = {
  "kpaas:index:CertificateAuthority": () => import("./resources/certificate-authority.ts"),
  "kpaas:index:Certificate": () => import("./resources/certificate.ts"),
  "kpaas:index:KeyPair": () => import("./resources/key-pair.ts"),
  "kpaas:index:SshKeyPair": () => import("./resources/ssh-key-pair.ts"),
  "kpaas:index:RandomSecret": () => import("./resources/random-secret.ts"),
  "kpaas:index:Pinned": () => import("./resources/pinned.ts"),
  "kpaas:index:MachineFiles": () => import("./resources/machine-files.ts"),
  "kpaas:index:RegistryImages": () => import("./resources/registry-images.ts"),
  "kpaas:index:PackageSource": () => import("./resources/package-source.ts"),
  "kpaas:index:PackageRepository": () => import("./resources/package-repository.ts"),
  "kpaas:index:PlatformRecord": () => import("./resources/platform-record.ts"),
  "kpaas:index:Node": () => import("./resources/node.ts"),
  "kpaas:index:FirstBoot": () => import("./resources/first-boot.ts"),
  "kpaas:local:ContainerEngine": () => import("./resources/local-container-engine.ts"),
  "kpaas:local:MachineImage": () => import("./resources/local-machine-image.ts"),
  "kpaas:local:Network": () => import("./resources/local-network.ts"),
  "kpaas:local:Volume": () => import("./resources/local-volume.ts"),
  "kpaas:local:PublishedPorts": () => import("./resources/local-published-ports.ts"),
  "kpaas:local:Machine": () => import("./resources/local-machine.ts"),
};

/** Gives the handler of a resource type; loads its libraries only now. */
export async function handlerOf(type: string): Promise<ResourceHandler> {
  const loader = load[type];
  if (!loader) throw new Error(`unknown resource type ${type}`);
  return (await loader()).handler;
}
