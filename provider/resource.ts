import type { z } from "zod";

/** Context of a handler's work. */
export interface Context {
  /** Pulumi name of the resource. */
  name: string;
  /** Name of the stack, which is the environment's. */
  environment: string;
  /** Signal that is aborted when the engine cancels (Ctrl-C). */
  signal: AbortSignal;
  /** Shows a message beside the resource while it is being worked on. */
  report(message: string): void;
  /** Shows a message that the engine also repeats at the end: something was not done as it should be. */
  warn(message: string): void;
}

export interface Created<O> {
  id: string;
  outputs: O;
}

/** One resource type. Inputs are validated before any of this is called; state is inputs and outputs together. */
export interface ResourceHandler<I extends object = object, O extends object = object> {
  inputs: z.ZodType<I>;
  /** Inputs whose change replaces the resource; any other's updates it. */
  replaceOn?: readonly (keyof I & string)[];
  /** True where the replacement is made before the old one goes. Only for what there can be two of at once. @default false */
  createBeforeDelete?: boolean;
  /** Inputs whose change alone is none: they count when something else changes. */
  keeps?: readonly (keyof I & string)[];
  /** Large inputs, of which state holds a digest only. */
  digests?: readonly (keyof I & string)[];
  /** True where the engine is given those digests, too, instead of what they stand for: for a resource that there are many of. */
  digestsAtCheck?: boolean;
  /** Outputs that are secret in state. */
  secretOutputs?: readonly string[];
  /** Names of inputs by the outputs that repeat them, which are secret in state where the input is. */
  repeats?: Readonly<Record<string, keyof I & string>>;
  /** Tells whether to update although no input changed: for an expiring certificate, a stopped machine. */
  needsUpdate?(state: I & O): boolean;
  /** Hears the inputs that are wanted of each existing resource, before any other of its type is deleted. */
  wanted?(inputs: I): void;
  /**
   * Hears the inputs of each resource before anything is done with it, and those that the state has, if it exists. Gives what
   * speaks against them; it need not say again what `inputs` says.
   */
  check?(state: I | undefined, wanted: I): { path: PropertyKey[]; reason: string }[];
  /**
   * Gives inputs that no program says, each time that the engine asks for the resource: as the state has them, or as this run is told.
   * In a preview values may be unknown.
   */
  ownInputs?(state: I | undefined, wanted: I): Partial<I>;
  /**
   * Makes the resource; must go on from what a killed run left.
   * @throws PartlyCreated when something is there that the engine must know of.
   */
  create(inputs: I, context: Context): Promise<Created<O>>;
  /** Gives the observed outputs, or undefined when the resource is gone. Without it the state is taken as true. */
  read?(id: string, state: I & O, context: Context): Promise<O | undefined>;
  /**
   * Updates the resource; without it every change replaces. Ends what a `PartlyCreated` began, too: outputs may be
   * missing then.
   */
  update?(id: string, state: I & O, inputs: I, context: Context): Promise<O>;
  /** Deletes the resource; must accept that it is already gone. */
  delete?(id: string, state: I & O, context: Context): Promise<void>;
}

/** Keeps the types of a handler's inputs and outputs together where it is written, and lets it be stored with others. */
export function resource<I extends object, O extends object>(handler: ResourceHandler<I, O>): ResourceHandler {
  return handler as unknown as ResourceHandler;
}

/**
 * Error of a resource that was created in part: the engine keeps it in its state under `id`, marked as failed, so that
 * the next `up` updates it.
 */
export class PartlyCreated extends Error {
  readonly id: string;
  readonly outputs: object;

  constructor(id: string, outputs: object, reason: string) {
    super(reason);
    this.id = id;
    this.outputs = outputs;
  }
}
