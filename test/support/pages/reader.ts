// A reader of a page, at a machine of their own: an empty folder, a home, the programs that the page asks for on PATH, and the
// little that no page can know of a machine for tests.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Step } from "./page-steps";
import { openTerminal, type Running, runElsewhere } from "./terminal";

export interface ReaderOptions {
  /** Programs by the name that is typed. */
  readonly programs: Readonly<Record<string, string>>;
  readonly registry: string;
  /** Agents that are started here listen there, +1 to +3, and nowhere else; pages say 8500. */
  readonly consulPort: number;
  readonly env: Readonly<Record<string, string>>;
}

export interface Reader {
  /** Where the reader starts: the page makes its folder there. */
  readonly dir: string;
  /** Does what the step says. What another terminal is left running of comes back, everything else is over by then. */
  follow(step: Step, limitMs: number): Promise<{ readonly printed: string; readonly running?: Running }>;
  /** Ends everything and removes the folder. */
  close(): Promise<void>;
}

const CONSUL_OF_PAGES = "127.0.0.1:8500";

export function openReader({ programs, registry, consulPort, env: more }: ReaderOptions): Reader {
  const root = mkdtempSync(join(tmpdir(), "tgw-page-"));
  const [dir, home, bin, run] = ["work", "home", "bin", "run"].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  for (const each of [dir, home, bin, run]) mkdirSync(each);
  for (const [name, path] of Object.entries(programs)) symlinkSync(path, join(bin, name));
  elsewhere(bin, programs.consul ?? "", consulPort);
  const env = {
    ...{ HOME: home, XDG_RUNTIME_DIR: run, PATH: [bin, dirname(process.execPath), ...searched()].join(delimiter) },
    // Pulumi asks the system where a home is, not HOME.
    ...{ PULUMI_HOME: join(home, ".pulumi") },
    ...{ LANG: "C.UTF-8", NO_COLOR: "1", CHECKPOINT_DISABLE: "1" },
    ...{ npm_config_registry: registry, npm_config_update_notifier: "false", npm_config_audit: "false" },
    ...more,
  };
  const terminal = openTerminal(dir, env);
  const others: Running[] = [];
  let folder = dir;
  return {
    dir,
    async follow({ kind, text: asWritten, file }, limitMs) {
      const text = asWritten.replaceAll(CONSUL_OF_PAGES, `127.0.0.1:${consulPort}`);
      if (kind === "save") {
        writeFileSync(join(folder, file ?? ""), text);
        return { printed: "" };
      }
      if (kind === "type") {
        const printed = await terminal.type(text, limitMs);
        folder = (await terminal.type("pwd", 5_000)).trim();
        return { printed };
      }
      const running = runElsewhere(text, dir, env);
      others.push(running);
      return { printed: "", running };
    },
    async close() {
      terminal.close();
      await Promise.all(others.map((each) => each.close()));
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Where this machine has its programs; what is installed here is not the reader's. */
const searched = (): readonly string[] =>
  (process.env.PATH ?? "").split(delimiter).filter((each) => !each.includes("node_modules"));

/** A `consul` whose agents use other ports than the usual ones, which may be somebody's here. */
function elsewhere(bin: string, consul: string, port: number): void {
  const ports = ["http", "server", "serf-lan", "serf-wan"].map((name, at) => `-${name}-port=${port + at}`);
  const none = ["dns", "grpc", "grpc-tls"].map((name) => `-${name}-port=-1`);
  const path = join(bin, "consul");
  rmSync(path, { force: true });
  const agent = `[ "$1" = agent ] && set -- "$@" ${[...ports, ...none].join(" ")}`;
  writeFileSync(path, `#!/bin/sh\n${agent}\nexec ${consul} "$@"\n`);
  chmodSync(path, 0o755);
}
