// Shell scripts that start and stop a gateway process on the machine that deploys: for development and demos. All values come
// in environment variables, so that the stop script needs nothing but what was kept from the start.

import { type Followed, withFollowed } from "./followed";
import { PROCESS_RULES } from "./form-rules";
import { DEFAULT_STOP_SECONDS, type ProcessOptions } from "./options";
import { absolutePath, listOf, optional, type Rules, text } from "./rules";
import { runArguments } from "./run-arguments";
import { shellWords } from "./shell-words";

export interface LocalExecOptions extends Omit<ProcessOptions, "environment"> {
  /** Directory of the process id file and the log; absolute, made if missing. */
  readonly directory: string;
  /** Program and arguments before `run`. @default ["consul-tgw"] */
  readonly command?: readonly string[];
}

const { environment: _, ...SHARED_RULES } = PROCESS_RULES;

export const LOCAL_EXEC_RULES: Rules<LocalExecOptions> = {
  ...SHARED_RULES,
  directory: absolutePath,
  command: optional(listOf(text(), 1)),
};

/** Variables of both scripts. */
export interface ScriptEnvironment {
  /** Made if missing, 0700. Absolute, as all paths. */
  readonly TGW_DIRECTORY: string;
  readonly TGW_PID_FILE: string;
  readonly TGW_LOG_FILE: string;
  /** Its path, or its key where the process follows it in Consul. */
  readonly TGW_MANIFEST: string;
  /** Whole seconds that the process gets to drain. */
  readonly TGW_STOP_SECONDS: string;
}

/**
 * What runs the process of one gateway: variables for both scripts, its start, its stop.
 * @param manifest path of the file that it reads, or what it follows in Consul
 */
export function localExecScripts(
  gatewayName: string,
  manifest: string | Followed,
  options: LocalExecOptions,
): { readonly environment: ScriptEnvironment; readonly start: string; readonly stop: string } {
  const { directory, command = ["consul-tgw"], stopSeconds = DEFAULT_STOP_SECONDS } = options;
  const readsManifest = typeof manifest === "string";
  const told = readsManifest ? options : withFollowed(options, manifest);
  const environment = {
    TGW_DIRECTORY: directory,
    TGW_PID_FILE: `${directory}/${gatewayName}.pid`,
    TGW_LOG_FILE: `${directory}/${gatewayName}.log`,
    TGW_MANIFEST: readsManifest ? manifest : (told.consul?.manifestKv ?? ""),
    TGW_STOP_SECONDS: String(stopSeconds),
  };
  const words = runArguments({ gatewayName, readsManifest }, told);
  return { environment, start: startScript(command, words, readsManifest), stop: stopScript() };
}

/** A process id lives on after its process: it is ours only while its command line names our manifest. */
const OURS = `ours() {
  kill -0 "$1" 2>/dev/null || return 1
  case "$(ps -o args= -p "$1" 2>/dev/null)" in
    "" | *"$TGW_MANIFEST"*) return 0 ;;
  esac
  return 1
}`;

/**
 * Starts `<command> run` in the background, with `--manifest …` where it reads one. Fails where it runs already, and where it
 * ends within a second, with the last lines of its log.
 */
export function startScript(command: readonly string[], args: readonly string[], readsManifest = true): string {
  const run = `${shellWords([...command, "run"])}${readsManifest ? ' --manifest "$TGW_MANIFEST"' : ""}`;
  return `set -eu
umask 077
${OURS}
mkdir -p "$TGW_DIRECTORY"
if [ -s "$TGW_PID_FILE" ] && ours "$(cat "$TGW_PID_FILE")"; then
  echo "the gateway runs already, as process $(cat "$TGW_PID_FILE")" >&2
  exit 1
fi
nohup ${run}${args.map((arg) => ` ${shellWords([arg])}`).join("")} >>"$TGW_LOG_FILE" 2>&1 </dev/null &
echo "$!" >"$TGW_PID_FILE"
sleep 1
if ! ours "$(cat "$TGW_PID_FILE")"; then
  rm -f "$TGW_PID_FILE"
  tail -n 20 "$TGW_LOG_FILE" >&2
  exit 1
fi
`;
}

/** Ends it with SIGTERM, which drains; with SIGKILL when its time is up. Nothing to end is no failure. */
export function stopScript(): string {
  return `set -eu
${OURS}
pid="$(cat "$TGW_PID_FILE" 2>/dev/null)" || exit 0
if ours "$pid"; then
  kill -TERM "$pid"
  waited=0
  while ours "$pid"; do
    if [ "$waited" -ge "$TGW_STOP_SECONDS" ]; then
      kill -KILL "$pid"
      break
    fi
    sleep 1
    waited=$((waited + 1))
  done
fi
rm -f "$TGW_PID_FILE"
`;
}
