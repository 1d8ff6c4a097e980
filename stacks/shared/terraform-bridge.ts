import * as pulumi from "@pulumi/pulumi";

/**
 * A cloud that has a Terraform provider and no Pulumi package. Pulumi's engine starts the plugin `terraform-provider`
 * and tells it which provider to be, as with the packages that `pulumi package add terraform-provider <source>
 * <version>` generates; the plugin downloads that provider from the OpenTofu registry.
 * https://www.pulumi.com/docs/iac/concepts/providers/any-terraform-provider/
 */
export interface TerraformProvider {
  /** Prefix of its resources' names, such as `ncloud` of `ncloud_vpc`; Pulumi's package is called the same. */
  name: string;
  /** `<namespace>/<name>` in the OpenTofu registry, in lower case. */
  source: string;
  /** Version that the classes were written for. */
  version: string;
}

/** Version of the plugin `terraform-provider`. */
const bridgeVersion = "1.4.0";

/** Gives the Pulumi engine's reference to the provider behind the bridge: every resource names it. */
function packageOf({ name, source, version }: TerraformProvider): Promise<string> {
  const parameter = { remote: { url: `registry.opentofu.org/${source}`, version } };
  return pulumi.runtime.registerPackage({
    baseProviderName: "terraform-provider",
    baseProviderVersion: bridgeVersion,
    baseProviderDownloadUrl: "",
    packageName: name,
    packageVersion: version,
    base64Parameter: Buffer.from(JSON.stringify(parameter)).toString("base64"),
  });
}

/** Gives the token under which the bridge knows a resource: `ncloud:index/natGateway:NatGateway` for `ncloud_nat_gateway`. */
export function resourceToken(terraformName: string): string {
  const { name, words } = wordsOf(terraformName);
  const type = words.map(capitalised).join("");
  return `${name}:index/${uncapitalised(type)}:${type}`;
}

/** Gives the token of a data source: `ibm:index/getIsImage:getIsImage` for `ibm_is_image`. */
function functionToken(terraformName: string): string {
  const { name, words } = wordsOf(terraformName);
  const called = `get${words.map(capitalised).join("")}`;
  return `${name}:index/${called}:${called}`;
}

/**
 * Resource of a Terraform provider. `terraformName`: `ncloud_vpc`. `outputs` are what is read of it besides its id,
 * filled in by the cloud where no argument is.
 */
export class BridgedResource extends pulumi.CustomResource {
  constructor(
    provider: TerraformProvider,
    terraformName: string,
    name: string,
    args: object,
    opts: pulumi.CustomResourceOptions,
    outputs: string[] = [],
  ) {
    const unknown = Object.fromEntries(outputs.map((output) => [output, undefined]));
    super(resourceToken(terraformName), name, { ...unknown, ...args }, opts, false, packageOf(provider));
  }
}

/** Provider configured by strings; what is undefined, it takes from its own environment variables. */
export class BridgedProvider extends pulumi.ProviderResource {
  constructor(
    provider: TerraformProvider,
    name: string,
    configuration: Record<string, pulumi.Input<string> | undefined>,
    opts: pulumi.CustomResourceOptions = {},
  ) {
    // From the second operation on, Pulumi 3.250 gives a provider of its own the bridge's version in place of the provider's.
    const ignoreChanges = ["version", ...(opts.ignoreChanges ?? [])];
    super(provider.name, name, configuration, { ...opts, ignoreChanges }, false, packageOf(provider));
  }
}

/** Asks a data source by its Terraform name, outside of what the program builds. Rejects with what the cloud says. */
export function ask<Result>(
  provider: TerraformProvider,
  terraformName: string,
  args: pulumi.Inputs,
  opts: pulumi.InvokeOptions,
): Promise<Result> {
  return pulumi.runtime.invoke(functionToken(terraformName), args, opts, packageOf(provider));
}

/** Gives what a data source answers, by its Terraform name. */
export function lookUp<Result>(
  provider: TerraformProvider,
  terraformName: string,
  args: pulumi.Inputs,
  opts: pulumi.InvokeOutputOptions,
): pulumi.Output<Result> {
  return pulumi.runtime.invokeOutput<Result>(functionToken(terraformName), args, opts, packageOf(provider));
}

function wordsOf(terraformName: string): { name: string; words: string[] } {
  const [name = "", ...words] = terraformName.split("_");
  return { name, words };
}

const capitalised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
const uncapitalised = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);
