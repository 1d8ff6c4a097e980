import * as grpc from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import providerService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import emptyMessages from "google-protobuf/google/protobuf/empty_pb.js";
import structMessages from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties } from "../../../provider/values.ts";
import type { ChangedPath } from "./detailed-diff.ts";

/** A difference as bridged providers tell it: by the paths of what has changed. */
export interface DetailedDiff {
  paths: ChangedPath[];
  /** Top-level properties whose change makes a new object. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

/** An object as the engine keeps it; without an id it is not there any more. */
export interface ObjectState {
  id: string;
  props: Properties;
  inputs?: Properties;
}

/** A cloud as a provider's protocol asks it. */
export interface ServedCloud {
  identity: { name: string; version: string };
  check(urn: string, inputs: Properties): { property: string; reason: string }[];
  diff(id: string, urn: string, olds: Properties, news: Properties): DetailedDiff;
  create(urn: string, inputs: Properties): Promise<{ id: string; outs: Properties }>;
  read(id: string, urn: string, properties: Properties): Promise<ObjectState>;
  previewCreate(urn: string, inputs: Properties): Properties;
  previewUpdate(id: string, urn: string, olds: Properties, news: Properties): Properties;
  update(id: string, urn: string, news: Properties): Promise<Properties>;
  delete(id: string, urn: string): Promise<void>;
  invoke(token: string, args: Properties): Promise<Properties>;
}

type Answer<T> = grpc.sendUnaryData<T>;
type Asked<T> = grpc.ServerUnaryCall<T, never>;

/**
 * Serves a simulated cloud to Pulumi engines, and prints its port. Pulumi's own server for providers in Node.js knows neither
 * detailed differences nor previews, which the providers of clouds do: `replaceOnChanges` of a part of a property needs the former.
 */
export async function serve(cloud: ServedCloud): Promise<void> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(providerService.ResourceProviderService as never, methods(cloud));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  console.log(String(port));
}

function methods(cloud: ServedCloud): grpc.UntypedServiceImplementation {
  return {
    attach: answer(() => new emptyMessages.Empty()),
    cancel: answer(() => new emptyMessages.Empty()),
    getPluginInfo: answer(() => new pluginMessages.PluginInfo().setVersion(cloud.identity.version)),
    getSchema: answer(() => new messages.GetSchemaResponse().setSchema("{}")),
    configure: answer(() =>
      new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setAcceptoutputs(true)
        .setSupportspreview(true),
    ),
    // The arguments tell the bridge which Terraform provider to be: this one is what it is.
    parameterize: answer((request: messages.ParameterizeRequest) => {
      const { name = "", version = "" } = request.getValue()?.toObject() ?? {};
      const as = request.hasArgs() ? cloud.identity : { name, version };
      return new messages.ParameterizeResponse().setName(as.name).setVersion(as.version);
    }),
    check: answer(async (request: messages.CheckRequest) => {
      const inputs = objectOf(request.getNews());
      const failures = cloud
        .check(request.getUrn(), inputs)
        .map(({ property, reason }) => new messages.CheckFailure().setProperty(property).setReason(reason));
      return new messages.CheckResponse().setInputs(structOf(inputs)).setFailuresList(failures);
    }),
    diff: answer(async (request: messages.DiffRequest) => {
      const [olds, news] = [objectOf(request.getOlds()), objectOf(request.getNews())];
      return diffResponse(cloud.diff(request.getId(), request.getUrn(), olds, news));
    }),
    create: answer(async (request: messages.CreateRequest) => {
      const inputs = objectOf(request.getProperties());
      // What it would add is unknown before.
      if (request.getPreview())
        return new messages.CreateResponse().setProperties(structOf(cloud.previewCreate(request.getUrn(), inputs)));
      const { id, outs } = await cloud.create(request.getUrn(), inputs);
      return new messages.CreateResponse().setId(id).setProperties(structOf(outs));
    }),
    read: answer(async (request: messages.ReadRequest) => {
      const { id, props, inputs } = await cloud.read(
        request.getId(),
        request.getUrn(),
        objectOf(request.getProperties()),
      );
      const response = new messages.ReadResponse().setId(id).setProperties(structOf(props));
      return inputs ? response.setInputs(structOf(inputs)) : response;
    }),
    update: answer(async (request: messages.UpdateRequest) => {
      const [olds, news] = [objectOf(request.getOlds()), objectOf(request.getNews())];
      const outs = request.getPreview()
        ? cloud.previewUpdate(request.getId(), request.getUrn(), olds, news)
        : await cloud.update(request.getId(), request.getUrn(), news);
      return new messages.UpdateResponse().setProperties(structOf(outs));
    }),
    delete: answer(async (request: messages.DeleteRequest) => {
      await cloud.delete(request.getId(), request.getUrn());
      return new emptyMessages.Empty();
    }),
    invoke: answer(async (request: messages.InvokeRequest) => {
      const outputs = await cloud.invoke(request.getTok(), objectOf(request.getArgs()));
      return new messages.InvokeResponse().setReturn(structOf(outputs));
    }),
  };
}

/** Answers a call; an error reaches the user by its message alone. */
function answer<Request, Response>(handle: (request: Request) => Response | Promise<Response>) {
  return (call: Asked<Request>, callback: Answer<Response>): void => {
    void (async () => handle(call.request))().then(
      (response) => callback(null, response),
      (error: Error) => callback({ code: grpc.status.UNKNOWN, details: error.message }),
    );
  };
}

function diffResponse({ paths, replaces, deleteBeforeReplace }: DetailedDiff): messages.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const response = new messages.DiffResponse()
    .setChanges(paths.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setReplacesList(replaces)
    .setDeletebeforereplace(deleteBeforeReplace)
    .setDiffsList([...new Set(paths.map(({ key }) => key))])
    .setHasdetaileddiff(true);
  for (const { path, key, kind } of paths) {
    const which = replaces.includes(key) ? (`${kind}_REPLACE` as const) : kind;
    const property = new messages.PropertyDiff().setKind(messages.PropertyDiff.Kind[which]);
    response.getDetaileddiffMap().set(path, property);
  }
  return response;
}

const objectOf = (struct: structMessages.Struct | undefined): Properties => (struct ? struct.toJavaScript() : {});

const structOf = (properties: Properties): structMessages.Struct =>
  structMessages.Struct.fromJavaScript(properties as never);
