// Runs a Pulumi program under the SDK's own mocks and says what it would have registered with the engine.

import { runInThisContext } from "node:vm";
import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Name of the parent; absent under the stack itself. */
  readonly parent?: string;
  /** Names of the resources that must exist first, sorted. */
  readonly dependsOn: readonly string[];
  /** Names of the resources that the input `node` is an Output of. */
  readonly nodeOf: readonly string[];
  /** Options that would change how the engine replaces it: deleteBeforeReplace, replaceWith, deletedWith. */
  readonly replacement: readonly string[];
}

export interface Run<T> {
  /** Sorted by name, without the stack and the Unborn. */
  readonly resources: readonly Registered[];
  /** What the program returned; undefined where it failed. */
  readonly result: T | undefined;
  /** Errors that would have ended the program, each once. */
  readonly failures: readonly string[];
}

const UNBORN = "test:index:Unborn";

/** A resource of somebody else whose `value` is not known in a preview, and the given one afterwards. */
export class Unborn extends pulumi.CustomResource {
  declare readonly value: pulumi.Output<string>;
  constructor(name: string, value: string) {
    super(UNBORN, name, { value: undefined, later: value });
  }
}

/** Runs a program to its end. */
export async function runProgram<T>(preview: boolean, program: () => T | Promise<T>): Promise<Run<T>> {
  const requests: RegisterRequest[] = [];
  await pulumi.runtime.setMocks({ call: () => ({}), newResource: born(preview) }, "project", "stack", preview);
  record(requests);
  const outcome: { result?: T } = {};
  const failures = await failuresDuring(async () => {
    await pulumi.runtime.runInPulumiStack(async () => {
      outcome.result = await program();
    });
    await waitForRegistrations();
  });
  const resources = requests
    .map(registered)
    .filter(({ type }) => type !== UNBORN && type !== "pulumi:pulumi:Stack")
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { resources, result: outcome.result, failures };
}

function born(preview: boolean) {
  return ({ type, name, inputs }: pulumi.runtime.MockResourceArgs): pulumi.runtime.MockResourceResult => {
    const state = type === UNBORN && !preview ? { value: inputs.later } : inputs;
    return { id: preview ? undefined : `${name}-id`, state };
  };
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getObject(): Parameters<typeof pulumi.runtime.deserializeProperties>[0];
  getParent(): string;
  getDependenciesList(): string[];
  getPropertydependenciesMap(): { get(property: string): { getUrnsList(): string[] } | undefined };
  getDeletebeforereplacedefined(): boolean;
  getReplaceWithList(): string[];
  getDeletedwith(): string;
}

/** The mocks keep neither parents nor dependencies: they are read from the request to the engine. */
function record(requests: RegisterRequest[]): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as { registerResource(...args: unknown[]): unknown };
  const inner = monitor.registerResource.bind(monitor);
  monitor.registerResource = (...args) => {
    requests.push(args[0] as RegisterRequest);
    return inner(...args);
  };
}

function registered(request: RegisterRequest): Registered {
  const parent = nameIn(request.getParent());
  return {
    type: request.getType(),
    name: request.getName(),
    inputs: pulumi.runtime.deserializeProperties(request.getObject()),
    ...(parent === "project-stack" || parent === "" ? {} : { parent }),
    dependsOn: request.getDependenciesList().map(nameIn).sort(),
    nodeOf: (request.getPropertydependenciesMap().get("node")?.getUrnsList() ?? []).map(nameIn),
    replacement: [
      ...(request.getDeletebeforereplacedefined() ? ["deleteBeforeReplace"] : []),
      ...(request.getReplaceWithList().length > 0 ? ["replaceWith"] : []),
      ...(request.getDeletedwith() === "" ? [] : ["deletedWith"]),
    ],
  };
}

const nameIn = (urn: string): string => urn.split("::").at(-1) ?? "";

async function waitForRegistrations(): Promise<void> {
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
}

/** The process outside of jest's sandbox: its unhandled rejections are what ends a real program. */
const host = runInThisContext("process") as NodeJS.Process;

/** A program ends at its first error, and what waits for it never comes. */
async function failuresDuring(work: () => Promise<void>): Promise<readonly string[]> {
  const failures = new Set<string>();
  let end = (): void => undefined;
  const firstFailure = new Promise<void>((resolve) => {
    end = resolve;
  });
  const note = (error: unknown): void => {
    failures.add(error instanceof Error ? error.message : `${error}`);
    end();
  };
  const others = host.listeners("unhandledRejection") as NodeJS.UnhandledRejectionListener[];
  host.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  try {
    await Promise.race([work().catch(note), firstFailure]);
    for (let turn = 0; turn < TURNS_AFTER_END; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  } finally {
    host.off("unhandledRejection", note);
    for (const each of others) host.on("unhandledRejection", each);
  }
  return [...failures];
}

/** Of the event loop: other errors of the same cause come in these. */
const TURNS_AFTER_END = 10;
