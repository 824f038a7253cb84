// Shell scripts that start and stop a gateway process on the machine that deploys: for development and demos. All values come
// in environment variables, so that the stop script needs nothing but what was kept from the start.

import { shellWords } from "./shell-words";

/** Variables of both scripts. */
export interface ScriptEnvironment {
  /** Made if missing, 0700. Absolute, as all paths. */
  readonly TGW_DIRECTORY: string;
  readonly TGW_PID_FILE: string;
  readonly TGW_LOG_FILE: string;
  readonly TGW_MANIFEST: string;
  /** Whole seconds that the process gets to drain. */
  readonly TGW_STOP_SECONDS: string;
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
 * Starts `<command> run --manifest …` in the background. Fails where it runs already, and where it ends within a second,
 * with the last lines of its log.
 */
export function startScript(command: readonly string[], args: readonly string[]): string {
  return `set -eu
umask 077
${OURS}
mkdir -p "$TGW_DIRECTORY"
if [ -s "$TGW_PID_FILE" ] && ours "$(cat "$TGW_PID_FILE")"; then
  echo "the gateway runs already, as process $(cat "$TGW_PID_FILE")" >&2
  exit 1
fi
nohup ${shellWords([...command, "run", "--manifest"])} "$TGW_MANIFEST"${args.map((arg) => ` ${shellWords([arg])}`).join("")} >>"$TGW_LOG_FILE" 2>&1 </dev/null &
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
