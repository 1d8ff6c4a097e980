import { userInfo } from "node:os";
import {
  closedSockets,
  connectContainerEngine,
  findContainerEngine,
  installableEngine,
} from "../../local/container-engine.ts";
import type { Examination } from "./examination.ts";

export const containerEngine: Examination = async () => {
  const name = "container engine";
  const socket = await findContainerEngine();
  if (socket) {
    const { Version } = await (await connectContainerEngine()).version();
    return [{ name, level: "ok", found: `${Version} at ${socket}` }];
  }
  const [closed] = closedSockets();
  if (closed)
    return [
      {
        name,
        level: "blocks",
        found: `${closed} is closed to ${userInfo().username}`,
        remedy: `sudo usermod -aG docker ${userInfo().username}, then log in anew; or start Podman as yourself: systemctl --user start podman.socket`,
      },
    ];
  if (installableEngine())
    return [{ name, level: "ok", found: "none runs: up local installs and starts Docker, and destroy stops it" }];
  return [
    {
      name,
      level: "blocks",
      found: process.env.DOCKER_HOST ? `none answers at DOCKER_HOST (${process.env.DOCKER_HOST})` : "none answers",
      remedy: process.env.DOCKER_HOST
        ? "start that engine, or unset DOCKER_HOST"
        : "start Docker (https://docs.docker.com/engine/install) or Podman, or set DOCKER_HOST",
    },
  ];
};
