import { variable } from "../../bosh/cpi-helpers.ts";
import { type Operation, replace } from "../../config/application-platform/ops-file.ts";
import type { Cpi } from "../../config/infrastructure/cpi.ts";

/**
 * Path of the container engine's socket in the director: systemd mounts another file system over the usual place, /run,
 * when it boots.
 */
const mountedSocket = "/docker.sock";

/** Path of the socket that the director's workers use: they are not root, to whom alone the mounted one may belong. */
const workersSocket = "/run/kpaas-engine.sock";

/** Docker's own name server, the same address in every container. */
const engineDns = "127.0.0.11";

/**
 * Describes the CPI: BOSH's VMs are containers of this machine's Docker. Properties: https://bosh.io/docs/docker-cpi/ and
 * `src/bosh-docker-cpi/vm/props.go` of bosh-docker-cpi-release. There are no machine types, no sizes of disks, no zones and no firewall
 * groups. `ports` would publish each of them on a port of this machine: none is.
 */
export function cpi(): Cpi {
  return {
    name: "docker",
    opsFiles: ["docker/unix-sock.yml"],
    dns: [engineDns],
    hasPublicAddresses: false,
    facts: [
      { name: "docker_host", holds: "unix:// and the path of the engine's socket", isAskedUpstream: true },
      { name: "network", holds: "name of the engine's network for the VMs" },
    ],
    credentials: [],
    directorVariables: {},
    // In place of upstream's mount, which is not seen any more once systemd has booted.
    directorVm: { mounts: [{ type: "bind", source: variable("docker_host"), target: mountedSocket }] },
    directorOperations: workersReachEngine(),
    cfOperations: inContainers(),
    az: () => ({}),
    subnet: () => ({ name: variable("network") }),
    firewall: () => ({}),
    vm: () => ({}),
    disks: () => ({}),
    persistentDisk: {},
  };
}

/**
 * Gives the operations for a socket of vcap's own that leads to the container engine's. Upstream's workers reach an
 * engine only where everybody may write to its socket (docs/docker-socket-permissions.md of bosh-docker-cpi-release),
 * and to open that would open it on this machine.
 */
function workersReachEngine(): Operation[] {
  const unit = (name: string, ...lines: string[]) => [`cat > /etc/systemd/system/${name} <<'END'`, ...lines, "END"];
  const script = [
    "#!/bin/bash",
    "set -eu",
    ...unit(
      "kpaas-engine.socket",
      "[Socket]",
      `ListenStream=${workersSocket}`,
      "SocketUser=vcap",
      "SocketMode=0600",
      "[Install]",
      "WantedBy=sockets.target",
    ),
    ...unit("kpaas-engine.service", "[Service]", `ExecStart=/usr/lib/systemd/systemd-socket-proxyd ${mountedSocket}`),
    "systemctl daemon-reload",
    "systemctl enable --now kpaas-engine.socket",
    "",
  ].join("\n");
  return [
    replace("/instance_groups/name=bosh/jobs/-", {
      name: "pre-start-script",
      release: "os-conf",
      properties: { script },
    }),
    replace("/instance_groups/name=bosh/properties/docker_cpi/docker/host", `unix://${workersSocket}`),
    replace("/instance_groups/name=bosh/properties/director/cpi_additional_volumes", [
      { path: workersSocket, writable: true },
    ]),
  ];
}

const cloudController = "/instance_groups/name=api/jobs/name=cloud_controller_ng/properties/cc";

/** Jobs that would tune the kernel, which containers share with this machine. */
const kernelTuners = [
  ["diego-cell", "rep"],
  ["diego-api", "bbs"],
  ["api", "file_server"],
  ["diego-api", "locket"],
] as const;

/**
 * Gives those operations of cf-deployment's bosh-lite.yml that counts, zones and VM types here do not do already. The
 * file itself takes a router without haproxy before it, at an address of its own range.
 */
function inContainers(): Operation[] {
  return [
    replace(`${cloudController}/default_running_security_groups`, ["public_networks", "dns", "load_balancer"]),
    replace(`${cloudController}/security_group_definitions/-`, {
      name: "load_balancer",
      rules: [{ destination: variable("haproxy_private_ip"), protocol: "all" }],
    }),
    replace(`${cloudController}/default_app_memory?`, 256),
    replace("/instance_groups/name=diego-cell/jobs/name=rep/properties/diego/rep/evacuation_timeout_in_seconds?", 0),
    ...kernelTuners.map(([group, job]) =>
      replace(`/instance_groups/name=${group}/jobs/name=${job}/properties?/set_kernel_parameters`, false),
    ),
  ];
}
