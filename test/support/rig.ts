// One running gateway for traffic tests: the external world on loopback, the runtime in this process, a real Envoy, and
// callers with leaves of the embedded CA. Everything is in a temporary directory and ends with stop().
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatIssue } from "../../src/model/issues";
import { canonicalJson, makeManifest } from "../../src/model/manifest";
import type { GatewayProps } from "../../src/model/props";
import { validate } from "../../src/model/validate";
import type { GatewayFlags } from "../../src/runtime/options/flags";
import type { Fields, Logger } from "../../src/runtime/ports";
import { type Runtime, startRuntime } from "../../src/runtime/run";
import { type Endings, startAll } from "../../tools/demo/endings";
import type { Caller, Dial } from "../../tools/demo/mesh-client";
import { startWorld, type World } from "../../tools/demo/world";

export interface Rig {
  readonly dir: string;
  readonly world: World;
  readonly runtime: Runtime;
  /** Every log line so far: message and fields. */
  readonly lines: readonly { readonly level: string; readonly message: string; readonly fields: Fields }[];
  /** A mesh caller with a leaf for this service. */
  caller(service: string): Promise<Caller>;
  /** How to reach a linked service through the gateway. */
  to(service: string): Dial;
  /** Writes a changed declaration where the runtime watches. */
  apply(props: GatewayProps): void;
  /** Writes this text, valid or not. */
  write(text: string): void;
  stop(): Promise<void>;
}

/** The manifest text of a declaration; throws what validate says against it. */
export function manifestText(props: GatewayProps): string {
  const model = validate<string>(props, (leaf) => leaf);
  if (!model.ok) throw new Error(model.error.map(formatIssue).join("\n"));
  return canonicalJson(makeManifest(model.value));
}

/** Waits until `test` holds, looking every 20 ms, at most `ms`. */
export async function eventually(test: () => boolean | Promise<boolean>, ms = 5000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`not so within ${ms} ms: ${test.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Starts everything and waits until Envoy is ready.
 * @param envoyPath from realEnvoy()
 * @param props made from the world's directory and port base; the gateway listens on port base + 0.
 */
export function startRig(
  envoyPath: string,
  portBase: number,
  props: (world: World) => GatewayProps,
  options: { readonly drainTimeS?: number; readonly flags?: GatewayFlags } = {},
): Promise<Rig> {
  return startAll((endings) => start(envoyPath, portBase, props, options, endings));
}

async function start(
  envoyPath: string,
  portBase: number,
  props: (world: World) => GatewayProps,
  options: { readonly drainTimeS?: number; readonly flags?: GatewayFlags },
  endings: Endings,
): Promise<Rig> {
  const dir = mkdtempSync(join(tmpdir(), "tgw-"));
  endings.add(() => rmSync(dir, { recursive: true, force: true }));
  const world = await startWorld(join(dir, "certs"), portBase);
  endings.add(world.stop);
  const manifest = join(dir, "manifest.json");
  const write = (text: string): void => {
    writeFileSync(`${manifest}.new`, text);
    renameSync(`${manifest}.new`, manifest);
  };
  let declared = props(world);
  write(manifestText(declared));
  const lines: { level: string; message: string; fields: Fields }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Fields = {}): void => {
      lines.push({ level, message, fields });
    };
  const log: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const started = await startRuntime({
    config: {
      manifest,
      stateDir: join(dir, "state"),
      runDir: join(dir, "run"),
      envoyPath,
      drainTimeS: options.drainTimeS ?? 1,
      restartSilentS: 60,
      concurrency: 1,
      logLevel: "debug",
      ...(options.flags === undefined ? {} : { options: options.flags }),
    },
    envoy: true,
    envoyArgs: [],
    log,
  });
  if (!started.ok) throw new Error(started.error.map(formatIssue).join("\n"));
  const runtime = started.value;
  endings.add(runtime.stop);
  try {
    await runtime.ready;
  } catch (error) {
    throw new Error(`${error}\n${lines.map((line) => `${line.message} ${JSON.stringify(line.fields)}`).join("\n")}`);
  }
  return {
    dir,
    world,
    runtime,
    lines,
    async caller(service) {
      const leaf = await runtime.issueLeaf(service);
      return { cert: leaf.certPem, key: leaf.keyPem, ca: runtime.trust().roots.join("") };
    },
    to(service) {
      const domain = runtime.trust().trustDomain;
      return {
        host: "127.0.0.1",
        port: portBase,
        sni: `${service}.default.${declared.datacenter}.internal.${domain}`,
        spiffe: `spiffe://${domain}/ns/default/dc/${declared.datacenter}/svc/${service}`,
      };
    },
    apply(next) {
      declared = next;
      write(manifestText(next));
    },
    write,
    stop: endings.all,
  };
}
