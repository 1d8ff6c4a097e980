import { credentials } from "@grpc/grpc-js";
import engineService from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";

/** Shows messages beside a resource in the engine's output. `args` are those the engine starts the provider with. */
export function engineLog(args: string[]): (urn: string, message: string) => void {
  const address = args.find((argument) => !argument.startsWith("-"));
  if (!address) return () => {};
  const client = new engineService.EngineClient(address, credentials.createInsecure());
  return (urn, message) => {
    const request = new engineMessages.LogRequest();
    request.setSeverity(engineMessages.LogSeverity.INFO);
    request.setMessage(message);
    request.setUrn(urn);
    request.setEphemeral(true);
    // A lost progress message is no reason to fail the work it tells of.
    client.log(request, () => {});
  };
}
