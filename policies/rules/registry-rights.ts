import { parse } from "yaml";
import { registryUsers } from "../../components/registry-users.ts";
import type { MachineConfiguration } from "../machine-configuration.ts";
import type { Finding } from "../rule.ts";

/** Settings of the registry's program that rights depend on. */
interface RegistrySettings {
  http?: { addr?: string };
  auth?: { htpasswd?: { path?: string } };
  storage?: { delete?: { enabled?: boolean }; maintenance?: { readonly?: { enabled?: boolean } } };
}

/** Finds what lets anybody write images who is not meant to, in the files of the registry's machine. */
export function registryRightFindings({ machine, files }: MachineConfiguration): Finding[] {
  const rightsPath = "/etc/kpaas/registry-rights";
  const users = (files[rightsPath]?.content ?? "").split("\n").map((line) => line.split(" "));
  const nodes = users.find(([user]) => user === registryUsers.pull);
  const surplus = nodes?.slice(1).filter((right) => right !== "pull");
  const instances = ["registry", "registry-push"].map((name) => {
    const path = `/etc/kpaas/${name}.yaml`;
    return { path: `${machine}: ${path}`, settings: parse(files[path]?.content ?? "{}") as RegistrySettings };
  });
  const [reading, writing] = instances.map(({ settings }) => settings.auth?.htpasswd?.path);
  return [
    ...(surplus?.length === 0
      ? []
      : [
          {
            path: `${machine}: ${rightsPath}`,
            value: surplus?.join(" "),
            message: surplus ? `nodes' login may ${surplus.join(" ")}` : "nodes' login has no rights of its own",
          },
        ]),
    ...(reading !== writing
      ? []
      : [
          {
            path: `${machine}: registry.yaml auth.htpasswd.path`,
            message: "who may pull may push: logins are the same",
          },
        ]),
    ...instances.flatMap(({ path, settings: { http, storage } }) => {
      const isLocal = /^(127\.[0-9.]+|localhost):/.test(http?.addr ?? "");
      return [
        ...(isLocal || storage?.maintenance?.readonly?.enabled === true
          ? []
          : [{ path: `${path} http.addr`, value: http?.addr, message: "images are written from other machines" }]),
        ...(storage?.delete?.enabled === true
          ? [{ path: `${path} storage.delete`, value: true, message: "images can be deleted" }]
          : []),
      ];
    }),
  ];
}
