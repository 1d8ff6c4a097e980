/** minimum: one of each, for trials. standard: as upstream counts them. operation: survives the loss of a zone. */
export type PlatformSize = "minimum" | "standard" | "operation";

export const platformSizes = ["minimum", "standard", "operation"] as const satisfies PlatformSize[];

export type GroupName =
  | "haproxy"
  | "router"
  | "tcp-router"
  | "scheduler"
  | "api"
  | "cc-worker"
  | "uaa"
  | "credhub"
  | "diego-api"
  | "diego-cell"
  | "nats"
  | "database"
  | "singleton-blobstore"
  | "doppler"
  | "log-api"
  | "log-cache"
  | "smoke-tests"
  | "rotate-cc-database-key";

/** Part of the platform that a group belongs to; groups of a layer are drawn side by side. */
export type Layer = "front" | "control" | "cells" | "state" | "logs";
