import { credentials } from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";

/** Messages that the engine shows beside a resource. */
export interface EngineLog {
  /** Shows for a while what is being done. */
  report(urn: string, message: string): void;
  warn(urn: string, message: string): void;
}

const { INFO, WARNING } = engineMessages.LogSeverity;

/** Connects to the engine's log. `args` are those the engine starts the provider with; without an engine nothing is shown. */
export function engineLog(args: string[]): EngineLog {
  const address = args.find((argument) => !argument.startsWith("-"));
  if (!address) return { report: () => {}, warn: () => {} };
  const client = new engineService.EngineClient(address, credentials.createInsecure());
  const send = (urn: string, message: string, severity: typeof INFO | typeof WARNING) => {
    const request = new engineMessages.LogRequest();
    request.setSeverity(severity);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(severity === INFO);
    // A lost message is no reason to fail the work it tells of.
    client.log(request, () => {});
  };
  return {
    report: (urn, message) => send(urn, message, INFO),
    warn: (urn, message) => send(urn, message, WARNING),
  };
}
