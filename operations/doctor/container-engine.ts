import { existsSync } from "node:fs";
import { connectContainerEngine, findContainerEngine } from "../../local/container-engine.ts";
import type { Examination } from "./examination.ts";

export const containerEngine: Examination = async () => {
  const name = "container engine";
  const socket = await findContainerEngine();
  if (socket) {
    const { Version } = await (await connectContainerEngine()).version();
    return [{ name, level: "ok", found: `${Version} at ${socket}` }];
  }
  if (process.platform === "linux" && process.getuid?.() === 0 && existsSync("/etc/debian_version"))
    return [{ name, level: "ok", found: "none runs: up local installs and starts Docker, and destroy stops it" }];
  return [
    {
      name,
      level: "blocks",
      found: "none answers",
      remedy: "start Docker (https://docs.docker.com/engine/install) or Podman, or set DOCKER_HOST",
    },
  ];
};
